/**
 * `nuages serve` with so many workers, on a database of its own.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'

const cli = join(import.meta.dirname, '../../src/cli/main.ts')
const appFile = join(import.meta.dirname, 'app.ts')

/** The same for all: a visitor of one is known to the others. */
const secretKey = randomBytes(48).toString('base64url')

export interface Site {
  readonly workers: number
  readonly port: number
  /** Of the command, whose children are the workers; with one worker it serves itself. */
  readonly pid: number
  /** Processes of PostgreSQL that serve it. */
  backends(): Promise<readonly number[]>
  stop(): Promise<void>
}

export async function serveSite(workers: number, port: number, database: string): Promise<Site> {
  const args = ['serve', '--app', appFile, '--workers', String(workers), '--port', String(port)]
  const env = {
    ...process.env,
    SECRET_KEY: secretKey,
    DATABASE_URL: database,
    NODE_ENV: 'production',
  }
  const child = spawn(process.execPath, ['--conditions=nuages-source', cli, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await isServing(child.stdout)
  return {
    workers,
    port,
    pid: child.pid as number,
    backends: () => backendsOf(database),
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function isServing(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) if (line.startsWith('Serving at')) return
  throw new Error('nuages serve ended.')
}

async function backendsOf(database: string): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const text = 'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
  const { rows } = await client.query<{ pid: number }>(text)
  await client.end()
  return rows.map(({ pid }) => pid)
}

/** Cookies of a visitor who is logged in, as a line of a request. `visits`: what the session holds. */
export async function enter({ port }: Site, visits: number): Promise<string> {
  const origin = `http://127.0.0.1:${port}`
  const response = await fetch(`${origin}/enter?visits=${visits}`, { method: 'POST', headers: { Origin: origin } })
  if (response.status !== 200) throw new Error(`/enter was answered ${response.status}: ${await response.text()}`)
  const pairs = response.headers.getSetCookie().map(cookie => cookie.split(';', 1)[0])
  return `Cookie: ${pairs.join('; ')}\r\n`
}
