/**
 * `nuages serve`: the production server, in one process or several.
 */
import { loadApp } from './app-file.ts'
import { requireProduction } from './check-app.ts'
import { lineOf } from './errors.ts'
import { type Address, serveAt } from './listen.ts'
import { isWorker, leaveParent, refuse, Workers } from './workers.ts'

export interface ServeAppOptions extends Address {
  readonly app?: string
  readonly workers: number
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

export async function serveApp(options: ServeAppOptions): Promise<void> {
  if (options.workers === 1) {
    print(`Serving at ${await listen(options)}/ (process ${process.pid}).`)
    await new Promise(() => {})
  } else if (isWorker()) await work(options)
  else await supervise(options)
}

/** Serves until SIGTERM or SIGINT, which end the process when running requests are answered. */
async function listen({ app: file, port, host }: Address & { readonly app?: string }): Promise<string> {
  const app = await loadApp(file)
  requireProduction(app.settings)
  return (await serveAt(app, { port, host })).url
}

/** One worker. What can be mended is told once, by the parent, instead of once by each worker. */
async function work(options: ServeAppOptions): Promise<void> {
  try {
    await listen(options)
    process.once('SIGTERM', leaveParent)
  } catch (error) {
    const line = lineOf(error)
    if (line === null) throw error
    await refuse(line)
    process.exit(1)
  }
  await new Promise(() => {})
}

async function supervise({ workers: count }: ServeAppOptions): Promise<void> {
  const workers = new Workers({
    count,
    onReady: ({ address, port }) => {
      const host = address.includes(':') ? `[${address}]` : address
      print(`Serving at http://${host}:${port}/ with ${count} workers (process ${process.pid}).`)
    },
    onDeath: line => void process.stderr.write(`${line}\n`),
  })
  await workers.run()
}
