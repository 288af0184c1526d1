/**
 * `nuages runserver`: the development server.
 *
 * Owns the watching parent and the serving child. Node's own watch mode sees every file that the child imported,
 * and `.env`; a child that fails is started again with the next change.
 */
import { spawn } from 'node:child_process'
import { envFile, findApp, loadApp } from './app-file.ts'
import { type Address, requireFreePort, serveAt } from './listen.ts'

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
  const node = [...process.execArgv, '--watch', '--watch-preserve-output', `--env-file-if-exists=${envFile}`]
  const command = ['runserver', '--no-reload', '--app', file, '--port', String(free), '--host', host]
  const child = spawn(process.execPath, [...node, process.argv[1] as string, ...command], { stdio: 'inherit' })
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      asked = true
      child.kill('SIGTERM')
    })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (!asked) process.exitCode = code ?? 1
}
