/**
 * A new site for tests of the `nuages` command, and the command as a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { after } from 'node:test'

export const repository: string = dirname(dirname(import.meta.dirname))

/** Halves the start of each process. Entries are found by their content, so none is ever stale. */
const compileCache = join(repository, 'node_modules/.cache/compile')

/** How long a test waits for a line before it says what came instead. */
const patienceMs = 20_000

/** A test, or the file of a test: what ends with it. */
export interface Scope {
  readonly after: typeof after
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** What the command reads. Default: nothing. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whose end is the command's end. */
  readonly scope?: Scope
}

/** A process that a test talks to. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Finished>
  #stdout = ''
  #stderr = ''
  #read = 0
  readonly #listeners = new Set<() => void>()

  readonly #whole: boolean

  /** Ends with `scope`. `whole`: signals go to the process and all that it started, as Ctrl-C on a terminal does; it was spawned `detached`. */
  constructor(child: ChildProcess, scope: Scope | null, { whole = false }: { readonly whole?: boolean } = {}) {
    this.child = child
    this.#whole = whole
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stdout += text)))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stderr += text)))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }))
    })
    scope?.after(() => this.stop('SIGTERM'))
  }

  #hear(add: () => void): void {
    add()
    for (const listener of this.#listeners) listener()
  }

  get output(): string {
    return this.#stdout + this.#stderr
  }

  /** Resolves with the first match in what standard output says from the last match on. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(() => reject(new Error(`No ${pattern} in:\n${this.output}`))), patienceMs)
      const done = (settle: () => void): void => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        settle()
      }
      const look = (): void => {
        const match = pattern.exec(this.#stdout.slice(this.#read))
        if (match === null) return
        this.#read += match.index + match[0].length
        done(() => resolve(match))
      }
      this.#listeners.add(look)
      const giveUp = (): void => done(() => reject(new Error(`It ended without ${pattern}:\n${this.output}`)))
      this.ended.then(giveUp, giveUp)
      look()
    })
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals): Promise<Finished> {
    const { child } = this
    if (child.exitCode === null && child.signalCode === null) {
      if (this.#whole) process.kill(-(child.pid as number), signal)
      else child.kill(signal)
    }
    return this.ended
  }
}

/** Starts `nuages` from source in a folder. */
export function start(folder: string, args: readonly string[], options: CommandOptions = {}): Running {
  const command = ['--conditions=nuages-source', join(repository, 'src/cli/main.ts'), ...args]
  const { SECRET_KEY: _, DEBUG: __, ...inherited } = process.env
  const env = { ...inherited, NODE_COMPILE_CACHE: compileCache, ...options.env }
  const child = spawn(process.execPath, command, { cwd: folder, env, stdio: 'pipe' })
  child.stdin?.end(options.input ?? '')
  return new Running(child, options.scope ?? null)
}

/** Runs `nuages` to its end. */
export function nuages(folder: string, args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return start(folder, args, options).ended
}

/** An empty folder that is gone when the test is over. */
export function emptyFolder(t: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Links the packages of the repository, itself among them, so that a site needs no installation. */
export function linkPackages(site: string): void {
  mkdirSync(join(site, 'node_modules'))
  symlinkSync(repository, join(site, 'node_modules/nuages'))
  for (const name of ['zod', '@remix-run', '@types'])
    symlinkSync(join(repository, 'node_modules', name), join(site, 'node_modules', name))
}

/** A new site in a folder, as `startproject` makes it. */
export async function newSite(folder: string): Promise<string> {
  const { code, stderr } = await nuages(folder, ['startproject', 'site', '--no-install'])
  if (code !== 0) throw new Error(stderr)
  const site = join(folder, 'site')
  linkPackages(site)
  return site
}
