/** `npm start`: creates the schema and the goods when they are missing, then serves the store. */
import { ConfigError } from 'nuages'
import { serve } from 'nuages/node'
import { env } from 'nuages/settings'

try {
  const { app } = await import('./app.ts')
  await app.migrate()
  const { url } = await serve(app, { port: Number(env('PORT', '8000')), host: env('HOST', '127.0.0.1') })
  app.logger.info({ url }, `The store is open at ${url}`)
  if (process.stdout.isTTY) process.stdout.write(`\n  The store is open at ${url} (Ctrl-C closes it)\n\n`)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
