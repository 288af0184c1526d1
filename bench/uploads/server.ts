/**
 * A server that takes uploads, in a process of its own and on a core of its own, and how much memory it has.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Racer } from './racers.ts'

/** Linux can keep the server and the load on a core each; elsewhere they share. */
const pinned = process.platform === 'linux' && availableParallelism() > 1

/** A program beside this file, kept on one core. */
export function command(core: number, script: string, args: readonly string[]): [string, string[]] {
  const node = [process.execPath, '--conditions=nuages-source', join(import.meta.dirname, script), ...args]
  const [program, ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node
  return [program as string, rest]
}

export interface Server {
  readonly port: number
  /** Resident now, in bytes. */
  resident(): number
  /** Most that was resident since `forgetPeak`, as the kernel counted it, in bytes. */
  peak(): number
  forgetPeak(): void
  stop(): Promise<void>
}

/** How long a server is left alone before its memory counts as idle, in milliseconds. */
const settleMs = 500

/** Starts a server; resolves when it listens and is idle. */
export async function startServer({ name, program, args }: Racer, folder: string): Promise<Server> {
  const child: ChildProcess = spawn(...command(0, program, [folder, ...args]), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', chunk => resolve(JSON.parse(String(chunk)).port))
    child.once('exit', code => reject(new Error(`The server "${name}" ended with ${code} before it listened.`)))
  })
  await wait(settleMs)
  return {
    port,
    resident: () => memoryOf(child, 'VmRSS'),
    peak: () => memoryOf(child, 'VmHWM'),
    // 5: the peak begins anew (proc(5), clear_refs).
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, '5'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function memoryOf({ pid }: ChildProcess, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}.`)
  return Number(kibibytes) * 1024
}
