/**
 * Visitors of a server: they enter by its own route, so that cookies and rows are what it makes itself.
 */
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type Answer, answerLength, parseAnswer } from './answer.ts'
import { enter } from './scenarios.ts'

/** One connection, one request after the other. */
export class Connection {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #answered: ((answer: Answer) => void) | null = null
  #failed: ((error: Error) => void) | null = null

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
      const length = answerLength(this.#rest)
      if (length < 0) return
      const answer = parseAnswer(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
      this.#answered?.(answer)
    })
    this.#socket.on('error', error => this.#failed?.(error))
    this.#socket.on('close', () => this.#failed?.(new Error('The server closed the connection.')))
  }

  ask(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#failed = null
    this.#socket.destroy()
  }
}

/** The values of the fields. */
export function setCookies({ head }: Answer): readonly string[] {
  return head.filter(line => /^set-cookie: /i.test(line)).map(line => line.slice('set-cookie: '.length))
}

/** Header lines with the cookies that an answer sets, as a browser sends them back, and Django's token as its readers are told to. */
export function headersAfter(answer: Answer): string {
  const cookies = setCookies(answer).map(line => line.split(';', 1)[0] ?? '')
  const token = cookies.find(cookie => cookie.startsWith('csrftoken='))?.slice('csrftoken='.length)
  return `Cookie: ${cookies.join('; ')}\r\n${token === undefined ? '' : `X-CSRFToken: ${token}\r\n`}`
}

const atOnce = 32

/** So many visitors enter; a file with their header lines, one a line. */
export async function enterMany(port: number, file: string, count: number, headers = ''): Promise<void> {
  const lines: string[] = []
  let begun = 0
  const enterInTurn = async (): Promise<void> => {
    const connection = new Connection(port)
    for (; begun < count; ) {
      begun += 1
      const answer = await connection.ask(enter(headers, begun))
      if (answer.status !== 200) throw new Error(`A visitor was answered ${answer.status}: ${answer.body}`)
      lines.push(JSON.stringify(headersAfter(answer)))
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, enterInTurn))
  if (new Set(lines).size !== count) throw new Error('Two visitors share a session.')
  writeFileSync(file, `${lines.join('\n')}\n`, 'latin1')
}
