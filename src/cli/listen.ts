/**
 * Ports, and why one cannot be had.
 */
import { createServer } from 'node:net'
import { type RunningServer, type Servable, type ServeOptions, serve } from '../node/index.ts'
import { CommandFailed } from './errors.ts'

/** Where to listen. */
export interface Address {
  readonly port: number
  readonly host: string
}

/** The port, when it can be had at this moment; for 0 a free one. @throws {CommandFailed} */
export function requireFreePort({ port, host }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', error => reject(listenProblem(error, { port, host })))
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}

/** `serve`, with a line instead of a stack for a port that cannot be had. @throws {CommandFailed} */
export async function serveAt(app: Servable, options: Address & ServeOptions): Promise<RunningServer> {
  try {
    return await serve(app, options)
  } catch (error) {
    throw listenProblem(error, options)
  }
}

function listenProblem(error: unknown, { port, host }: Address): unknown {
  switch (error instanceof Error && 'code' in error ? error.code : null) {
    case 'EADDRINUSE':
      return new CommandFailed(
        `Port ${port} is taken. End the program that has it, or take another: --port ${port + 1}`,
      )
    case 'EACCES':
      return new CommandFailed(`Port ${port} is for the system's own programs. Take one from 1024 on: --port 8000`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandFailed(
        `${host} is no address of this machine. Take 127.0.0.1, or 0.0.0.0 for all: --host 0.0.0.0`,
      )
    default:
      return error
  }
}
