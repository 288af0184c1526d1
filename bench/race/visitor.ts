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
export function request(port: number, path: string, cookies: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, host: '127.0.0.1', port, path, headers: cookies === '' ? {} : { Cookie: cookies } }
    get(options, response => {
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
  readonly #ports: readonly number[]
  readonly #jar = new Map<string, string>()
  #turn = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  get cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Asks the servers in turn, with the jar's cookies or those given; takes the answer's cookies as a browser does. */
  async ask(path: string, cookies: string = this.cookies): Promise<Answer> {
    const port = this.#ports[this.#turn++ % this.#ports.length] as number
    const answer = await request(port, path, cookies)
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
