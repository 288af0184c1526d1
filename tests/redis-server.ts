/**
 * Redis servers of a test's own, to be stopped, frozen and started again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isOpen } from './is-open.ts'
import { freePort } from './outage/free-port.ts'
import { type PartUser, skipWithout } from './real-parts.ts'

/** URL of the machine's own Redis, to be used under random keys. */
export const sharedRedisUrl: string = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'

/** True when something listens there; else the running test is skipped, or fails with CI=true. */
export async function requireSharedRedis(t: PartUser): Promise<boolean> {
  const { hostname, port } = new URL(sharedRedisUrl)
  if (await isOpen(Number(port || 6379), hostname)) return true
  skipWithout(t, 'Redis', 'apt-get install redis-server, and name a server in TEST_REDIS_URL')
  return false
}

export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  /** Resolves when it answers commands. */
  start(args?: readonly string[]): Promise<void>
  /** As a crash. */
  stop(): Promise<void>
  /** It stands still; its sockets stay open. */
  freeze(): void
  thaw(): void
}

/** On a free port, empty, started with `args`; it ends with the test. `null` when the test was skipped. */
export async function startRedis(t: PartUser, args: readonly string[] = []): Promise<RedisServer | null> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
  } catch {
    skipWithout(t, 'Redis itself (redis-server)', 'apt-get install redis-server')
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'nuages-redis-'))
  const server = new OwnServer(folder, await freePort())
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.start(args)
  return server
}

class OwnServer implements RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  #args: readonly string[] = []
  #child: ChildProcess | null = null

  constructor(folder: string, port: number) {
    this.folder = folder
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
  }

  async start(args: readonly string[] = this.#args): Promise<void> {
    this.#args = args
    const own = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder, '--save', '']
    const child = spawn('redis-server', [...own, ...args], { stdio: 'ignore' })
    this.#child = child
    while (!(await this.#answers())) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`)
      await delay(20)
    }
  }

  /** With whatever but that it is loading. */
  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      socket.write('PING\r\n')
      const [answer] = await once(socket, 'data')
      return !String(answer).startsWith('-LOADING')
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }
}
