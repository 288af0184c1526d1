/**
 * A visitor with one cookie jar, over the servers of one site.
 */
import { Agent, get } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

export interface Answer {
  readonly status: number
  readonly body: string
  /** `name=value` of each cookie that was set; an empty value deletes. */
  readonly cookies: readonly string[]
}

/** One request, with the cookies of `jar` as they are now; those of the answer are not put into it. */
export function request(origin: string, path: string, cookies: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, headers: cookies === '' ? {} : { Cookie: cookies } }
    get(origin + path, options, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        body += chunk
      })
      response.on('end', () => {
        const set = response.headers['set-cookie'] ?? []
        resolve({ status: response.statusCode ?? 0, body, cookies: set.map(text => text.split(';')[0] as string) })
      })
      response.on('error', reject)
    }).on('error', reject)
  })
}

export class Visitor {
  readonly #origins: readonly string[]
  readonly #jar = new Map<string, string>()
  #turn = 0

  /** `origins`: `http://127.0.0.1:8000`. */
  constructor(origins: readonly string[]) {
    this.#origins = origins
  }

  get cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Asks the servers in turn, with the jar's cookies or those given; takes the answer's cookies as a browser does. */
  async ask(path: string, cookies: string = this.cookies): Promise<Answer> {
    const origin = this.#origins[this.#turn++ % this.#origins.length] as string
    const answer = await request(origin, path, cookies)
    for (const pair of answer.cookies) {
      const split = pair.indexOf('=')
      const [name, value] = [pair.slice(0, split), pair.slice(split + 1)]
      if (value === '' || value === '""') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
    return answer
  }
}

export function closeVisitors(): void {
  agent.destroy()
}
