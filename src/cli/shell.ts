/**
 * `nuages shell`: JavaScript with the application at hand, at a prompt or from another program.
 */
import { once } from 'node:events'
import { resolve } from 'node:path'
import { start } from 'node:repl'
import { text } from 'node:stream/consumers'
import { constants, runInThisContext } from 'node:vm'
import type { App } from '../app/index.ts'

/** Resolves when the shell is left. `await` and `await import('./file.ts')` work, from the current folder. */
export async function openShell(app: App): Promise<void> {
  const scope = { app, db: app.db, users: app.users, sessions: app.sessions, settings: app.settings }
  if (!process.stdin.isTTY) return runScript(await text(process.stdin), scope)
  process.stdout.write(`At hand: ${Object.keys(scope).join(', ')}. Leave with .exit\n`)
  const repl = start({ prompt: 'nuages> ' })
  for (const [name, value] of Object.entries(scope))
    Object.defineProperty(repl.context, name, { value, enumerable: true })
  await once(repl, 'exit')
}

/** A whole script, as Django's shell takes one: it prints what it wants to print. */
async function runScript(script: string, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const run = runInThisContext(`(async ({ ${Object.keys(scope)} }) => {${script}\n})`, {
    filename: resolve('standard-input.js'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  await run(scope)
}
