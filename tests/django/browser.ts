/**
 * A browser for one host whose addresses two servers share, as behind a proxy: one jar of cookies, real sockets.
 */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { CookieJar } from '../../src/testing/index.ts'
import type { Answer } from './oracle.ts'

/** What the visitor sees in the address bar. */
const host = 'site.test'

export interface Page {
  readonly method?: string
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: FormData
  readonly headers?: Readonly<Record<string, string>>
  /** A browser from before 2020, which sends no `Origin`: only the token tells whose form it is. */
  readonly isOld?: boolean
}

export interface Reply {
  readonly status: number
  readonly text: string
  /** The text as JSON; empty when it is none. */
  readonly json: Answer
  readonly setCookies: readonly string[]
}

export class Browser {
  readonly cookies: CookieJar = new CookieJar(Date.now)

  /** Asks the server on a port. Unsafe requests come from a page of the same site, unless `headers` say otherwise. */
  async open(port: number, path: string, page: Page = {}): Promise<Reply> {
    const { form, json, body } = page
    const content = form ? new URLSearchParams(form) : body
    const encoded = new Response(json === undefined ? content : JSON.stringify(json))
    const bytes = Buffer.from(await encoded.arrayBuffer())
    const type = json === undefined ? encoded.headers.get('content-type') : 'application/json'
    const cookie = this.cookies.header(path, false)
    const method = page.method ?? (bytes.length > 0 ? 'POST' : 'GET')
    const headers = {
      Host: host,
      ...(type !== null && { 'Content-Type': type }),
      ...(method !== 'GET' && { 'Content-Length': bytes.length }),
      ...(method !== 'GET' && !page.isOld && { Origin: `http://${host}` }),
      ...(cookie !== null && { Cookie: cookie }),
      ...page.headers,
    }
    const asked = request({ port, path, method, headers, agent: false }).end(bytes)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const setCookies = answer.headers['set-cookie'] ?? []
    this.cookies.store(setCookies)
    const reply = await text(answer)
    return { status: answer.statusCode ?? 0, text: reply, json: toJson(reply), setCookies }
  }

  /** The same visitor, with a copy of the cookies. */
  copy(): Browser {
    const other = new Browser()
    for (const name of ['sessionid', 'csrftoken', 'messages']) {
      const cookie = this.cookies.setCookieOf(name)
      if (cookie !== undefined) other.cookies.store([cookie])
    }
    return other
  }
}

function toJson(reply: string): Answer {
  try {
    return JSON.parse(reply)
  } catch {
    return {}
  }
}
