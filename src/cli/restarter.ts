/**
 * A program that is started anew when a file changes that it has read.
 *
 * Node's own `--watch` looks at files, and sees no more of one that an editor has put in the place of another; this looks at their folders. Which files there
 * are, Node tells the parent, as it does for `--watch`. Those of `node_modules` stay as they are.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../settings/index.ts'

/** An editor saves in several steps; they are one change. In milliseconds. */
const settleMs = 100
/** How long a program may take to end when it is asked to, in milliseconds. */
const patienceMs = 3000

/** What Node sends of the modules that it loads: paths and URLs, `null` for one that is no file. */
interface Report {
  readonly 'watch:require'?: readonly (string | null)[]
  readonly 'watch:import'?: readonly (string | null)[]
}

export class Restarter {
  readonly #args: () => readonly string[]
  readonly #folders = new Map<string, { readonly names: Set<string>; readonly watcher: FSWatcher }>()
  readonly #ended = Promise.withResolvers<void>()
  #child: ChildProcess | null = null
  #settling: NodeJS.Timeout | undefined
  #isOver = false

  /** `args`: those of Node, asked for at each start. `files`: watched, whether the program reads them or not. */
  constructor(args: () => readonly string[], files: readonly string[]) {
    this.#args = args
    for (const file of files) this.#look(resolve(file))
  }

  /** Runs the program, again and again. Resolves after `stop`, when it has ended. */
  run(): Promise<void> {
    this.#start()
    return this.#ended.promise
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#settling)
    for (const { watcher } of this.#folders.values()) watcher.close()
    if (this.#child === null) this.#ended.resolve()
    else this.#end(this.#child)
  }

  #start(): void {
    const env = childEnvironment({ WATCH_REPORT_DEPENDENCIES: '1' })
    const child = spawn(process.execPath, this.#args(), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env })
    this.#child = child
    child.on('message', (report: Report) => {
      for (const path of report['watch:require'] ?? []) if (path !== null) this.#look(path)
      for (const url of report['watch:import'] ?? []) if (url?.startsWith('file:')) this.#look(fileURLToPath(url))
    })
    child.once('error', this.#ended.reject)
    child.once('exit', () => {
      this.#child = null
      if (this.#isOver) this.#ended.resolve()
      else if (this.#settling === undefined) process.stdout.write('Waiting for file changes before restarting …\n')
    })
  }

  #look(file: string): void {
    const folder = dirname(file)
    if (/[\\/]node_modules[\\/]/.test(file) || this.#isOver) return
    const known = this.#folders.get(folder)
    if (known !== undefined) {
      known.names.add(basename(file))
      return
    }
    const names = new Set([basename(file)])
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && names.has(name)) this.#restart(name)
    })
    watcher.on('error', () => {
      // The folder is gone, and the program with it, or soon anew.
    })
    this.#folders.set(folder, { names, watcher })
  }

  #restart(name: string): void {
    clearTimeout(this.#settling)
    this.#settling = setTimeout(async () => {
      process.stdout.write(`Restarting: ${name} has changed.\n`)
      if (this.#child !== null) await this.#end(this.#child)
      this.#settling = undefined
      if (!this.#isOver && this.#child === null) this.#start()
    }, settleMs)
  }

  #end(child: ChildProcess): Promise<void> {
    const ended = new Promise<void>(done => child.once('exit', () => done()))
    const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    child.kill('SIGTERM')
    return ended.finally(() => clearTimeout(patience))
  }
}
