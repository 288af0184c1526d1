/**
 * A visitor of a deployment who counts in the session, whatever happens, and knows what was answered.
 */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than nginx waits for a host. */
const patienceMs = 15_000

/** So long is its session asked for before all of it counts as missing. */
const searchMs = 20_000

interface Answer {
  readonly status: string
  readonly body: string
}

const silence: Answer = { status: 'none', body: '' }

export class Member {
  readonly #origin: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #cookie = ''
  /** The count of the last answer. */
  #count = 0
  /** Answers that a later count left out. */
  #missing = 0
  answered = 0
  /** What came in place of success: the statuses, `none` for no answer. */
  readonly refusals: string[] = []

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Begins to count answers and refusals anew. */
  forget(): void {
    this.answered = 0
    this.refusals.length = 0
  }

  /** Counts one up. True: it was answered with the new count. */
  async add(): Promise<boolean> {
    const { status, body } = await this.#ask('POST', '/add')
    if (status !== '200') {
      this.refusals.push(status)
      return false
    }
    const count = Number(body)
    this.#missing += Math.max(0, this.#count + 1 - count)
    this.#count = count
    this.answered += 1
    return true
  }

  /** How many answers are not in the session: all, when it cannot be read. The last question. */
  async missing(): Promise<number> {
    const until = performance.now() + searchMs
    let found = 0
    while (performance.now() < until) {
      const { status, body } = await this.#ask('GET', '/all')
      if (status === '200') {
        const { n = 0 } = JSON.parse(body) as { readonly n?: number }
        found = n
        break
      }
      await sleep(50)
    }
    this.#agent.destroy()
    return this.#missing + Math.max(0, this.#count - found)
  }

  #ask(method: 'GET' | 'POST', path: string): Promise<Answer> {
    const headers = { Origin: this.#origin, ...(this.#cookie === '' ? {} : { Cookie: this.#cookie }) }
    const signal = AbortSignal.timeout(patienceMs)
    return new Promise(resolve => {
      request(this.#origin + path, { method, headers, agent: this.#agent, signal }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('error', () => resolve(silence))
        response.on('end', () => {
          const [set] = response.headers['set-cookie'] ?? []
          if (set !== undefined) this.#cookie = set.split(';')[0] as string
          resolve({ status: String(response.statusCode), body })
        })
      })
        .on('error', () => resolve(silence))
        .end()
    })
  }
}
