/**
 * A Redis of a test's own, to be stopped, frozen and started again; what it acknowledged is on the disk.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { skipWithout } from '../real-parts.ts'
import { freePort } from './free-port.ts'
import type { Server } from './traffic.ts'

export interface RedisServer extends Server {
  readonly url: string
}

/** On a free port, empty, started; it ends with the test. `null` when the test was skipped. */
export async function startRedis(t: TestContext): Promise<RedisServer | null> {
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
  await server.start()
  return server
}

class OwnServer implements RedisServer {
  readonly url: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | null = null

  constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    this.url = `redis://127.0.0.1:${port}`
  }

  async start(): Promise<void> {
    const address = ['--bind', '127.0.0.1', '--port', String(this.#port), '--dir', this.#folder]
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    const child = spawn('redis-server', [...address, ...durable], { stdio: 'ignore' })
    this.#child = child
    while (!(await this.#answers())) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`)
      await delay(20)
    }
  }

  /** It says `+PONG` once what was on the disk is loaded. */
  async #answers(): Promise<boolean> {
    const socket = connect(this.#port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      socket.write('PING\r\n')
      const [answer] = await once(socket, 'data')
      return String(answer).startsWith('+PONG')
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
