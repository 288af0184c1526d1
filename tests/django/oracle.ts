/**
 * A real Django for a test: asked by commands, or served.
 */
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { SettingsInput } from '../../src/settings/index.ts'
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
    return this.#next(line)
  }

  /** What the program says without being asked, before all answers. */
  async answer(): Promise<Answer> {
    return JSON.parse(await this.#next('anything'))
  }

  #next(asked: string): Promise<string> {
    const answer = this.#last.then(async () => {
      const { value, done } = await this.#answers.next()
      if (done) throw new Error(`Django ended before it answered ${asked.slice(0, 200)}`)
      return value
    })
    this.#last = answer.catch(() => {})
    return answer
  }
}

/** A Django that answers commands until the test is over, without tables yet; `null` when the test was skipped. */
export function openOracle(t: PartUser, options: DjangoOptions): Oracle | null {
  const command = requireDjangoCommand(t, options)
  return command === null ? null : askProgram(t, [command.oracle, 'batch'], withFolders(command))
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

/** Django's test site, served, and its commands. */
export interface ServedDjango {
  readonly oracle: Oracle
  readonly port: number
}

/** Serves Django's test site until the test is over, without tables yet; `null` when the test was skipped. */
export async function serveDjango(t: PartUser, options: DjangoOptions): Promise<ServedDjango | null> {
  const command = requireDjangoCommand(t, options)
  if (command === null) return null
  const program = join(import.meta.dirname, 'served_oracle.py')
  const oracle = askProgram(t, [program], withFolders(command, dirname(command.oracle)))
  const { port } = await oracle.answer()
  return { oracle, port }
}

/** Settings of Django and of Nuages for hashes that take no time, where their cost is not what is tested. */
export const quickHashes: {
  readonly django: Readonly<Record<string, unknown>>
  readonly nuages: Pick<SettingsInput, 'PASSWORD_HASHERS'>
} = {
  django: { PASSWORD_HASHERS: ['quick_hashers.QuickPBKDF2', 'django.contrib.auth.hashers.PBKDF2PasswordHasher'] },
  nuages: { PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }] },
}

/** The command with more folders to import from; the one of these tests is always there. */
export function withFolders(command: DjangoCommand, ...folders: string[]): DjangoCommand {
  const path = [import.meta.dirname, ...folders, command.env.PYTHONPATH ?? ''].join(delimiter)
  return { ...command, env: { ...command.env, PYTHONPATH: path, DJANGO_SETTINGS_MODULE: 'oracle_settings' } }
}
