/**
 * `nuages runserver`: the development server.
 *
 * Owns the serving child, and what its parent watches: every file that the child imported, and `.env`. A child that fails is started again with the next
 * change.
 */
import { existsSync } from 'node:fs'
import { envFile, findApp, loadApp } from './app-file.ts'
import { type Address, requireFreePort, serveAt } from './listen.ts'
import { Restarter } from './restarter.ts'

export interface RunServerOptions extends Address {
  readonly app?: string
  readonly reload: boolean
}

/** What runs when a file changes or Ctrl-C is pressed gets this long to end, in seconds. */
const graceSeconds = 0.3

export async function runServer(options: RunServerOptions): Promise<void> {
  if (options.reload) await watch(options)
  else await runOnce(options)
}

async function runOnce({ app: file, port, host }: RunServerOptions): Promise<void> {
  const app = await loadApp(file)
  for (const name of await app.migrate()) process.stdout.write(`Created ${name}\n`)
  const { url } = await serveAt(app, { port, host, graceSeconds })
  process.stdout.write(`The site is at ${url}/ until you press Ctrl-C.\n`)
  await new Promise(() => {})
}

/** Takes the port once, so that port 0 stays the same port over every change. */
async function watch({ app, port, host }: RunServerOptions): Promise<void> {
  const file = findApp(app)
  const free = await requireFreePort({ port, host })
  const command = ['runserver', '--no-reload', '--app', file, '--port', String(free), '--host', host]
  const environment = (): readonly string[] => (existsSync(envFile) ? [`--env-file=${envFile}`] : [])
  const program = (): readonly string[] => [
    ...process.execArgv,
    ...environment(),
    process.argv[1] as string,
    ...command,
  ]
  const restarter = new Restarter(program, [envFile])
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => restarter.stop())
  await restarter.run()
}
