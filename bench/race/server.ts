/**
 * Servers of the races, each in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Server {
  /** `http://127.0.0.1:8000`. */
  readonly origin: string
  stop(): void
}

/** Starts a program beside this file, and resolves when it says on which port it listens. */
export async function startServer(program: string, args: readonly string[]): Promise<Server> {
  const command = ['--conditions=nuages-source', join(import.meta.dirname, program), ...args]
  const child: ChildProcess = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const found = /"port":(\d+)/.exec(output)?.[1]
      if (found !== undefined) resolve(Number(found))
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', code => reject(new Error(`${program} ended with ${code}: ${output}`)))
  })
  return { origin: `http://127.0.0.1:${port}`, stop: () => void child.kill('SIGKILL') }
}
