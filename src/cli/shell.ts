/**
 * `nuages shell`: JavaScript with the application at hand.
 */
import { once } from 'node:events'
import { start } from 'node:repl'
import type { App } from '../app/index.ts'

/** Resolves when the shell is left. `await` works at the prompt. */
export async function openShell(app: App): Promise<void> {
  const scope = { app, db: app.db, users: app.users, sessions: app.sessions, settings: app.settings }
  if (process.stdin.isTTY) process.stdout.write(`At hand: ${Object.keys(scope).join(', ')}. Leave with .exit\n`)
  const repl = start({ prompt: 'nuages> ' })
  for (const [name, value] of Object.entries(scope))
    Object.defineProperty(repl.context, name, { value, enumerable: true })
  await once(repl, 'exit')
}
