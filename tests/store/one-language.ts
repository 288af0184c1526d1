/** A visitor of the store who knows one language only, and notes whatever is not in it. */
import assert from 'node:assert/strict'
import type { App } from 'nuages'
import { Client, type ClientRequest } from 'nuages/testing'
import { catalogue } from '../../examples/store/catalogue.ts'
import { type Language, languageNames } from '../../examples/store/texts.ts'

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'

/** What no language translates: goods, people, the brand, formats and units, addresses, numbers of articles, what programs call things. */
const untranslated = [
  ...catalogue.map(({ name }) => name.replace('’', '&#39;')),
  ...catalogue.map(({ name }) => name),
  ...Object.values(languageNames),
]
const names =
  /[\w.]+@[\w.]+|\b(?:Nuages|Firefox|Linux|USB-C|LED|PNG|JPEG|WebP|GIF|SVG|MiB|kB|UTC|JSON|UTF-8|CSRF|Cookie|Origin|Host|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|EUR|true|false|localhost|ada|grace|hopper|NEW|sku\w*|name|price\w*|stock\w*)\b|[\w.:-]*\/[\w./:-]*|\b[A-Za-z]\w*(?:[-_]\w+)+/g

/** Signs of the other languages. */
const foreign: Readonly<Record<Language, RegExp>> = { zh: /[A-Za-z]{2,}/, en: /\p{Script=Han}/u }

/** What people read or hear of a page. */
function textsOfPage(page: string): string[] {
  const attributes = [...page.matchAll(/\s(?:alt|title|placeholder|aria-label|content|data-label)="([^"]*)"/g)]
    .map(([, text = '']) => text)
    .filter(text => text !== 'light dark' && !text.startsWith('width='))
  const texts = page.replace(/<textarea[\s\S]*?<\/textarea>/g, '').split(/<[^>]*>/)
  return [...attributes, ...texts]
}

function textsOfProblem(json: string): string[] {
  const { title = '', detail = '', errors = {} } = JSON.parse(json) as Problem
  return [title, detail, ...Object.values(errors).flat()]
}

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly errors?: Readonly<Record<string, readonly string[]>>
}

export class Visit {
  /** Texts in another language, by where they stand. */
  readonly missed: Set<string> = new Set()
  /** Texts that were looked at. */
  readonly read: Set<string> = new Set()
  /** Of the addresses that were asked for. */
  readonly routes: Set<string> = new Set()
  readonly app: App
  readonly language: Language
  readonly #client: Client

  constructor(app: App, language: Language) {
    this.app = app
    this.language = language
    const headers = { 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': language, 'User-Agent': userAgent }
    this.#client = new Client(app, { headers })
  }

  #look(where: string, texts: readonly string[]): void {
    for (const text of texts.map(text => text.trim())) {
      this.read.add(text)
      let rest = text
      for (const name of untranslated) rest = rest.replaceAll(name, '')
      rest = rest.replaceAll(/&#?\w+;/g, ' ').replaceAll(names, '')
      if (foreign[this.language].test(rest)) this.missed.add(`${where}: ${text}`)
    }
  }

  async #ask(method: string, path: string, status: number, request: ClientRequest): Promise<string> {
    this.routes.add(this.app.resolver.resolve(path.split('?')[0] ?? '')?.route ?? '')
    const response = await this.#client.request(method, path, { ...request, follow: true })
    const text = await response.text()
    assert.equal(response.status, status, `${method} ${path}: ${text}`)
    if (response.headers.get('content-type') === 'application/json') return text
    assert.equal(response.headers.get('content-language'), this.language, path)
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true
    this.#look(`${method} ${path}`, isPage ? textsOfPage(text) : textsOfProblem(text))
    return text
  }

  /** Asks as a browser does, up to a page that is shown, and reads that. */
  page(method: string, path: string, status: number, request: ClientRequest = {}): Promise<string> {
    return this.#ask(method, path, status, { ...request, headers: { Accept: 'text/html', ...request.headers } })
  }

  get(path: string, status = 200): Promise<string> {
    return this.page('GET', path, status)
  }

  send(path: string, status: number, form: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.page('POST', path, status, { form })
  }

  /** Asks as a program does, and reads the problem. */
  program(method: string, path: string, status: number, request: ClientRequest = {}): Promise<string> {
    return this.#ask(method, path, status, { ...request, headers: { Accept: 'application/json', ...request.headers } })
  }

  /** Reads the newest mail; the path of the link in it. */
  async openMail(): Promise<string> {
    await this.app.mail.idle()
    const { subject = '', text = '' } = this.app.mail.outbox.at(-1) ?? {}
    this.#look('mail', [subject, ...text.split('\n')])
    return new URL(/^https?:\S+$/m.exec(text)?.[0] ?? '').pathname
  }
}
