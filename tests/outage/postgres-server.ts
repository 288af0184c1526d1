/**
 * A PostgreSQL server of a test's own, to be stopped, frozen and started again.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runAs, takesLogins } from '../postgres-process.ts'
import { type PartUser, skipWithout } from '../real-parts.ts'
import { freePort } from './free-port.ts'
import type { Server } from './traffic.ts'

/** Debian's user for it. */
const owner = runAs('postgres')

export interface PostgresServer extends Server {
  readonly url: string
}

function binaries(): string | null {
  const folders = [...globSync('/usr/lib/postgresql/*/bin').sort().reverse(), ...(process.env.PATH ?? '').split(':')]
  return folders.find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
}

/** A server on a free port with an empty database, started; it ends with the test. `null` when the test was skipped. */
export async function startPostgres(t: PartUser): Promise<PostgresServer | null> {
  const bin = binaries()
  if (bin === null || owner.uid === 0) {
    skipWithout(t, 'PostgreSQL itself (initdb, postgres)', 'apt-get install postgresql')
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'nuages-postgres-'))
  const server = new OwnServer(bin, folder, await freePort())
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.initialize()
  await server.start()
  return server
}

class OwnServer implements PostgresServer {
  readonly url: string
  readonly #bin: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | null = null
  #log = ''

  constructor(bin: string, folder: string, port: number) {
    this.#bin = bin
    this.#folder = folder
    this.#port = port
    this.url = `postgres://nuages@127.0.0.1:${port}/postgres`
  }

  async initialize(): Promise<void> {
    mkdirSync(join(this.#folder, 'sockets'))
    if (owner.uid !== undefined && owner.gid !== undefined) {
      for (const path of [this.#folder, join(this.#folder, 'sockets')]) chownSync(path, owner.uid, owner.gid)
    }
    const options = ['--username=nuages', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync']
    await promisify(execFile)(join(this.#bin, 'initdb'), ['-D', join(this.#folder, 'data'), ...options], {
      ...owner,
      cwd: this.#folder,
    })
  }

  async start(): Promise<void> {
    const args = ['-D', join(this.#folder, 'data'), '-h', '127.0.0.1', '-p', String(this.#port)]
    const child = spawn(join(this.#bin, 'postgres'), [...args, '-k', join(this.#folder, 'sockets')], {
      ...owner,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
    this.#child = child
    while (!(await takesLogins(this.url))) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}:\n${this.#log}`)
      await delay(50)
    }
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    this.thaw()
    const ended = once(child, 'exit')
    child.kill('SIGQUIT')
    await ended
  }

  freeze(): void {
    // The parent first: it must not see a child stop, nor start another.
    this.#child?.kill('SIGSTOP')
    for (const pid of this.#children()) process.kill(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of this.#children()) process.kill(pid, 'SIGCONT')
    this.#child?.kill('SIGCONT')
  }

  #children(): readonly number[] {
    const listed = execFileSync('pgrep', ['-P', String(this.#child?.pid)], { encoding: 'utf8' })
    return listed.split('\n').filter(Boolean).map(Number)
  }
}
