/**
 * The site under `nuages serve`, as it runs in production.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nuages, type Running, start } from '../../tests/cli/site.ts'

const app = join(import.meta.dirname, 'site.ts')

export interface SiteOptions {
  /** Where it runs. */
  readonly folder: string
  /** Its settings. */
  readonly env: Readonly<Record<string, string>>
  /** Default: 2. */
  readonly workers?: number
  /** Default: a free one. */
  readonly port?: number
}

export async function migrate({ folder, env }: SiteOptions): Promise<void> {
  const { code, stderr } = await nuages(folder, ['migrate', '--app', app], { env })
  if (code !== 0) throw new Error(stderr)
}

export class Site {
  readonly port: number
  readonly running: Running

  private constructor(running: Running, port: number) {
    this.running = running
    this.port = port
  }

  /** Resolves when all workers listen. */
  static async serve({ folder, env, workers = 2, port = 0 }: SiteOptions): Promise<Site> {
    const command = ['serve', '--app', app, '--workers', String(workers), '--port', String(port)]
    const running = start(folder, command, { env })
    const [, found] = await running.waitFor(/^Serving at http:\/\/127\.0\.0\.1:(\d+)\//m)
    return new Site(running, Number(found))
  }

  /** Process ids of its workers. */
  get workers(): readonly number[] {
    const { pid } = this.running.child
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return children.split(' ').filter(Boolean).map(Number)
  }

  /** Resolves its exit code. */
  async stop(): Promise<number | null> {
    return (await this.running.stop('SIGTERM')).code
  }
}
