/** `npm start`: creates the schema and the goods when they are missing, then serves the store. */
import { ConfigError } from 'nuages'
import { serve } from 'nuages/node'
import { env } from 'nuages/settings'

const port = env('PORT', '8000')
const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: `Port ${port} is taken. End the program that has it, or take another: PORT=8001 npm start`,
  ERR_SOCKET_BAD_PORT: `PORT is a number from 0 to 65535, and not ${port}.`,
}

try {
  const { app } = await import('./app.ts')
  await app.migrate()
  const { url } = await serve(app, { port: Number(port), host: env('HOST', '127.0.0.1') })
  app.logger.info({ url }, `The store is open at ${url}`)
  if (process.stdout.isTTY) process.stdout.write(`\n  The store is open at ${url} (Ctrl-C closes it)\n\n`)
} catch (error) {
  const problem = error instanceof ConfigError ? error.message : problems[(error as NodeJS.ErrnoException).code ?? '']
  if (problem === undefined) throw error
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}
