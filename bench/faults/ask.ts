/** One request over a real socket, and what became of it. */
import { type Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Question {
  readonly port: number
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly cookie?: string
  readonly json?: unknown
  readonly body?: Uint8Array
  readonly contentType?: string
  /** Default: a connection of its own. */
  readonly agent?: Agent
  readonly patienceMs?: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Why there was no answer: `away`, nobody took the connection; `cut`, it broke; `hung`, nothing came. */
export type Silence = 'away' | 'cut' | 'hung'

export class NoAnswer extends Error {
  readonly silence: Silence
  /** Of the connection, on our side. */
  readonly localPort: number | undefined
  constructor(silence: Silence, localPort: number | undefined, cause: unknown) {
    super(`No answer: ${silence}.`, { cause })
    this.silence = silence
    this.localPort = localPort
  }
}

/** Longer than the server takes to give up on what it waits for. */
const patienceMs = 30_000

const silences: Readonly<Record<string, Silence>> = { ECONNREFUSED: 'away', ABORT_ERR: 'hung' }

/** @throws {NoAnswer} */
export function ask(question: Question): Promise<Answer> {
  const { json, contentType = 'application/json', method = json === undefined ? 'GET' : 'POST' } = question
  const body = question.body ?? (json === undefined ? '' : Buffer.from(JSON.stringify(json)))
  const headers: Record<string, string | number> = { 'Sec-Fetch-Site': 'same-origin', 'Content-Length': body.length }
  if (body.length > 0) headers['Content-Type'] = contentType
  if (question.cookie) headers.Cookie = question.cookie
  return new Promise((resolve, reject) => {
    const { port, path, agent = false } = question
    const signal = AbortSignal.timeout(question.patienceMs ?? patienceMs)
    let localPort: number | undefined
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(new NoAnswer(silences[error.code ?? ''] ?? 'cut', localPort, error))
    request({ host: '127.0.0.1', port, method, path, headers, agent, signal }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', fail)
    })
      .on('socket', socket => {
        const note = (): void => {
          localPort = socket.localPort
        }
        if (socket.connecting) socket.once('connect', note)
        else note()
      })
      .on('error', fail)
      .end(body)
  })
}

/** Cookies by name, as the answers set them. */
export class Jar {
  readonly #values = new Map<string, string>()

  get header(): string {
    return Array.from(this.#values, ([name, value]) => `${name}=${value}`).join('; ')
  }

  take({ headers }: Answer): void {
    for (const field of headers['set-cookie'] ?? []) {
      const [pair = ''] = field.split(';', 1)
      const end = pair.indexOf('=')
      this.#values.set(pair.slice(0, end), pair.slice(end + 1))
    }
  }
}
