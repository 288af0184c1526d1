/**
 * Questions to whoever runs the command: on a terminal, or line by line from another program.
 *
 * Owns hiding passwords. A terminal shows nothing of them; a pipe shows nothing at all.
 */
import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandFailed } from './errors.ts'

const unanswered = 'Not every question was answered: nothing was changed.'

/** Asks questions on one input. Close it when done. */
export class Prompt {
  readonly #output: NodeJS.WriteStream
  readonly #lines: Interface
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = []
  readonly #early: string[] = []
  #hidden = false
  #closed = false

  constructor(input: NodeJS.ReadStream = process.stdin, output: NodeJS.WriteStream = process.stdout) {
    this.#output = output
    const echo = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#hidden) output.write(chunk)
        done()
      },
    })
    this.#lines = createInterface({ input, output: echo, terminal: input.isTTY === true, historySize: 0 })
    this.#lines.on('line', line => this.#take(line))
    this.#lines.once('SIGINT', () => this.close())
    this.#lines.once('close', () => this.#end())
  }

  #take(line: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#early.push(line)
    else waiting.resolve(line)
  }

  #end(): void {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new CommandFailed(unanswered))
  }

  /** One line of answer, without the spaces around it. @throws {CommandFailed} when the input ends, or at Ctrl-C. */
  async ask(question: string): Promise<string> {
    return (await this.#next(question)).trim()
  }

  /** One line of answer, as it is, which the terminal does not show. @throws {CommandFailed} */
  async askHidden(question: string): Promise<string> {
    this.#output.write(question)
    this.#hidden = true
    try {
      return await this.#next('')
    } finally {
      this.#hidden = false
      this.#output.write('\n')
    }
  }

  #next(question: string): Promise<string> {
    const line = this.#early.shift()
    if (line !== undefined) return Promise.resolve(line)
    if (this.#closed) return Promise.reject(new CommandFailed(unanswered))
    this.#lines.setPrompt(question)
    this.#lines.prompt()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  say(line: string): void {
    this.#output.write(`${line}\n`)
  }

  close(): void {
    this.#lines.close()
  }
}
