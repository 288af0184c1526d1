/**
 * What is measured of a server: its memory during uploads, and how fast it takes them.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Racer } from './racers.ts'
import { command, type Server, startServer } from './server.ts'

/** Uploads at once, and how large each is. */
export interface Load {
  readonly count: number
  readonly bytes: number
}

/** As much of a load as a server is given: smaller files, as many. */
export function loadFor({ mostBytes = Number.POSITIVE_INFINITY }: Racer, { count, bytes }: Load): Load {
  return { count, bytes: Math.min(bytes, Math.floor(mostBytes / count)) }
}

/** In seconds. Throws when a byte was lost. */
async function send(name: string, port: number, { bytes, count }: Load): Promise<number> {
  const { stdout } = await promisify(execFile)(...command(1, 'load.ts', [port, bytes, count].map(String)))
  const { seconds, wrong } = JSON.parse(stdout) as { seconds: number; wrong: number }
  if (wrong > 0) throw new Error(`${name}: ${wrong} of ${count} uploads of ${bytes} bytes have a wrong answer.`)
  return seconds
}

/** Most memory over that of the idle server, in bytes, of a server that is new. */
export async function peakOverIdle(racer: Racer, folder: string, load: Load): Promise<number> {
  const server = await startServer(racer, folder)
  try {
    const idle = server.resident()
    server.forgetPeak()
    await send(racer.name, server.port, loadFor(racer, load))
    return server.peak() - idle
  } finally {
    await server.stop()
  }
}

/** Bytes a second of each server, by rounds: all of them run, one is measured, in turn. The first round, which warms up, does not count. */
export async function speedsOf(
  racers: readonly Racer[],
  folder: string,
  { rounds, bytes }: { readonly rounds: number; readonly bytes: number },
): Promise<ReadonlyMap<Racer, readonly number[]>> {
  const speeds = new Map<Racer, number[]>(racers.map(racer => [racer, []]))
  const servers = new Map<Racer, Server>()
  try {
    for (const racer of racers) servers.set(racer, await startServer(racer, folder))
    for (let round = 0; round <= rounds; round += 1)
      for (const [racer, { port }] of servers) {
        const load = loadFor(racer, { count: 1, bytes })
        const seconds = await send(racer.name, port, load)
        if (round > 0) speeds.get(racer)?.push(load.bytes / seconds)
      }
  } finally {
    for (const server of servers.values()) await server.stop()
  }
  return speeds
}
