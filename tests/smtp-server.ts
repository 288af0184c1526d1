/**
 * A mail server for tests: as much of SMTP (RFC 5321) as a client speaks with one, and the bytes that it was sent.
 */
import { createServer, type Socket } from 'node:net'
import type { PartUser } from './real-parts.ts'

/** A mail as it came. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Between `DATA` and the final dot, as it was on the wire: dots doubled, lines ended by CR LF. */
  readonly wire: string
}

export interface SmtpServer {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Every line that was sent as a command. */
  readonly commands: readonly string[]
  /** Connections that came. */
  readonly connections: number
}

export interface SmtpServerOptions {
  /** Answers in place of the usual ones, by the first word of a command; `greeting` for the first line; `null`: never answers. */
  readonly answers?: Readonly<Record<string, string | null>>
  /** Lines of the answer to EHLO. */
  readonly extensions?: readonly string[]
}

/** Starts one, which ends with the test. */
export async function startSmtpServer(t: PartUser, options: SmtpServerOptions = {}): Promise<SmtpServer> {
  const { answers = {}, extensions = ['PIPELINING', 'AUTH PLAIN'] } = options
  const mails: ReceivedMail[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const usual: Readonly<Record<string, string>> = {
    greeting: '220 test ESMTP',
    EHLO: ['test', ...extensions]
      .map((line, index, all) => `250${index === all.length - 1 ? ' ' : '-'}${line}`)
      .join('\r\n'),
    STARTTLS: '502 no TLS here',
    AUTH: '235 ok',
    DATA: '354 go on',
    '.': '250 taken',
    QUIT: '221 bye',
  }
  const server = createServer(socket => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.setEncoding('latin1')
    const answer = (word: string): void => {
      const given = Object.hasOwn(answers, word) ? answers[word] : (usual[word] ?? '250 ok')
      if (given !== null) socket.write(`${given}\r\n`)
      if (word === 'QUIT') socket.end()
    }
    let buffer = ''
    let isData = false
    let from = ''
    let to: string[] = []
    const command = (line: string): void => {
      commands.push(line)
      const word = (line.split(/[ :]/, 1)[0] as string).toUpperCase()
      if (word === 'MAIL') [from, to] = [line, []]
      if (word === 'RCPT') to.push(line)
      answer(word)
      isData = word === 'DATA' && (answers.DATA ?? '354').startsWith('354')
      // The dot that ends an empty text stands at the start of it.
      if (isData) buffer = `\r\n${buffer}`
    }
    socket.on('data', (chunk: string) => {
      buffer += chunk
      for (;;) {
        const end = buffer.indexOf(isData ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const taken = buffer.slice(0, end)
        buffer = buffer.slice(end + (isData ? 5 : 2))
        if (!isData) command(taken)
        else {
          isData = false
          if (taken !== '') mails.push({ from, to, wire: `${taken.slice(2)}\r\n` })
          answer('.')
        }
      }
    })
    answer('greeting')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return {
    port,
    mails,
    commands,
    get connections() {
      return connections
    },
  }
}
