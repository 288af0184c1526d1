/**
 * Servers that are measured, each in a process of its own and on a core of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { type Contender, commandOf } from './contenders.ts'

/** Linux can keep the server and the load on a core each; elsewhere they share. */
const pinned: boolean = process.platform === 'linux' && availableParallelism() > 1

export function onCore(core: number, command: readonly string[]): [string, string[]] {
  const [program, ...args] = pinned ? ['taskset', '-c', String(core), ...command] : command
  return [program as string, args]
}

/** As in production, whatever shell this is. */
export function productionEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env
  return { ...env, NODE_ENV: 'production', TZ: 'UTC' }
}

export interface Server {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** Resolves when it says on which port it listens. */
export async function startServer(contender: Contender, settings: unknown): Promise<Server> {
  const command = onCore(0, [...commandOf(contender), JSON.stringify(settings)])
  const child = spawn(...command, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: productionEnvironment() })
  const port = await new Promise<number>((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /"port": ?(\d+)/.exec(output)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${contender.title} ended with ${code} before it listened: ${output}`)))
  })
  return {
    pid: child.pid as number,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended
      clearTimeout(patience)
    },
  }
}
