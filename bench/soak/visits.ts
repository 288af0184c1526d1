/**
 * What visitors do in an hour, well-behaved ones and others: each visit is one request, and the statuses it may be answered.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { type Answer, ask, Jar, type Question } from '../faults/ask.ts'

type Visit = (visitor: SoakVisitor) => Promise<void>

/** An answer that nobody may get. */
export class Unexpected extends Error {}

const uploadBytes = 20_000

export class SoakVisitor {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #username = `ada-${randomUUID()}`
  #jar = new Jar()

  constructor(port: number) {
    this.#port = port
  }

  async ask(question: Omit<Question, 'port'>, expected: number): Promise<Answer> {
    const answer = await ask({ agent: this.#agent, cookie: this.#jar.header, ...question, port: this.#port })
    if (answer.status !== expected)
      throw new Unexpected(`${question.path}: ${answer.status} in place of ${expected}: ${answer.text.slice(0, 200)}`)
    return answer
  }

  async arrive(): Promise<void> {
    await this.ask({ path: '/register/', json: { username: this.#username } }, 201)
    await this.logIn()
  }

  leave(): void {
    this.#agent.destroy()
  }

  /** In a new session. */
  async logIn(): Promise<void> {
    const jar = new Jar()
    jar.take(await this.ask({ path: '/login/', json: { username: this.#username }, cookie: '' }, 200))
    this.#jar = jar
  }

  /** A whole file. */
  async upload(): Promise<void> {
    const body = formWith(randomBytes(uploadBytes))
    await this.ask({ path: '/upload/', method: 'POST', body, contentType }, 201)
  }

  /** Half a file, then the client is gone. */
  breakOff(): Promise<void> {
    const body = formWith(randomBytes(uploadBytes))
    const head = [
      'POST /upload/ HTTP/1.1',
      'Host: 127.0.0.1',
      'Sec-Fetch-Site: same-origin',
      `Cookie: ${this.#jar.header}`,
      `Content-Type: ${contentType}`,
      `Content-Length: ${body.length}`,
    ]
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1')
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      socket.write(body.subarray(0, body.length / 2), () => socket.destroy())
    })
  }
}

const contentType = 'multipart/form-data; boundary=x'

function formWith(content: Uint8Array): Uint8Array {
  const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--x--\r\n')])
}

/** By a name for the table: out of a hundred so many, and what is done. */
export const visits: Readonly<Record<string, readonly [share: number, visit: Visit]>> = {
  pages: [39, async visitor => void (await visitor.ask({ path: '/me/' }, 200))],
  'session writes': [25, async visitor => void (await visitor.ask({ path: '/count/', json: {} }, 200))],
  orders: [10, async visitor => void (await visitor.ask({ path: '/orders/', json: { id: randomUUID() } }, 201))],
  logins: [4, visitor => visitor.logIn()],
  uploads: [3, visitor => visitor.upload()],
  'aborted uploads': [2, visitor => visitor.breakOff()],
  'bugs (500)': [2, async visitor => void (await visitor.ask({ path: '/bug/' }, 500))],
  'wrong input': [3, async visitor => void (await visitor.ask({ path: '/cart/', json: { sku: randomUUID() } }, 422))],
  'unknown pages': [5, async visitor => void (await visitor.ask({ path: `/${randomUUID()}/?q=${randomUUID()}` }, 404))],
  'unknown cookies': [
    5,
    async visitor =>
      void (await visitor.ask({ path: '/me/', cookie: `sessionid=${randomUUID().replaceAll('-', '')}` }, 401)),
  ],
  'damaged cookies': [
    2,
    async visitor =>
      void (await visitor.ask({ path: '/me/', cookie: `sessionid=${randomBytes(300).toString('base64')}; =; x` }, 401)),
  ],
}
