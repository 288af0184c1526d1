/**
 * A real Django for a test: asked by commands, or served.
 */
import { spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { type DjangoCommand, type DjangoOptions, type PartUser, requireDjangoCommand } from '../real-parts.ts'

/** What a command answers. */
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON Django prints; the test knows what it asked
export type Answer = Record<string, any>

/** A Django in one process, which answers commands in their order. */
export class Oracle {
  readonly #send: (line: string) => void
  readonly #answers: AsyncIterator<string>
  #last: Promise<unknown> = Promise.resolve()

  constructor(input: NodeJS.WritableStream, lines: Interface) {
    this.#send = line => input.write(`${line}\n`)
    this.#answers = lines[Symbol.asyncIterator]()
  }

  /** The answer to a command: `ask('user', { user: 'ada' })`. What is wrong stands in its `error`. */
  async ask(command: string, fields: Answer = {}): Promise<Answer> {
    return JSON.parse(await this.askText(JSON.stringify({ cmd: command, ...fields })))
  }

  /** The answer's very text to a command given as text. Many may be asked at once. */
  askText(line: string): Promise<string> {
    this.#send(line)
    const answer = this.#last.then(async () => {
      const { value, done } = await this.#answers.next()
      if (done) throw new Error(`Django ended before it answered ${line.slice(0, 200)}`)
      return value
    })
    this.#last = answer.catch(() => {})
    return answer
  }
}

/** A Django that answers commands until the test is over, without tables yet; `null` when the test was skipped. */
export function openOracle(t: PartUser, options: DjangoOptions): Oracle | null {
  const command = requireDjangoCommand(t, options)
  return command === null ? null : askProgram(t, [command.oracle, 'batch'], command)
}

/** The same with its tables, which take a second to make: `app.migrate()` is faster. */
export async function requireOracle(t: PartUser, options: DjangoOptions): Promise<Oracle | null> {
  const oracle = openOracle(t, options)
  await oracle?.ask('migrate')
  return oracle
}

/** A program in Python that answers lines of JSON until the test is over. */
export function askProgram(t: PartUser, args: readonly string[], { python, env }: DjangoCommand): Oracle {
  const child = spawn(python, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('close', resolve))
  t.after(() => {
    child.stdin.end()
    return ended
  })
  return new Oracle(child.stdin, createInterface(child.stdout))
}

/** Serves Django's test site until the test is over; resolves its port, or `null` when the test was skipped. */
export async function serveDjango(t: PartUser, options: DjangoOptions): Promise<number | null> {
  const command = requireDjangoCommand(t, options)
  if (command === null) return null
  const child = spawn(command.python, [command.oracle, 'serve', '0'], {
    env: command.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.once('close', resolve))
  t.after(() => {
    child.kill('SIGTERM')
    return ended
  })
  for await (const line of createInterface(child.stdout)) return JSON.parse(line).port
  throw new Error('Django did not start.')
}
