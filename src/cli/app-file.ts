/**
 * The application that a command works on.
 *
 * Owns finding its file, its `.env` and its `app`.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from '../app/index.ts'
import { CommandFailed } from './errors.ts'

/** Where an application is looked for, in this order, from the current folder. */
const usualFiles = ['app.ts', 'app.js', 'src/app.ts', 'src/app.js']

/** Variables of the current folder, for development. What the environment has already, stays. */
export const envFile = '.env'

/** The file of the application: the one named, or the first usual one that is there. @throws {CommandFailed} */
export function findApp(named?: string): string {
  if (named !== undefined) {
    if (existsSync(named)) return resolve(named)
    throw new CommandFailed(`There is no file ${named}. Give --app the file that exports your app.`)
  }
  const found = usualFiles.find(file => existsSync(file))
  if (found !== undefined) return resolve(found)
  throw new CommandFailed(
    `There is no ${usualFiles[0]} here. Run this in the folder of your site, or name its file: --app path/to/app.ts`,
  )
}

/** Loads `.env` and the application. @throws {CommandFailed}, and whatever the application throws. */
export async function loadApp(named?: string): Promise<App> {
  const file = findApp(named)
  if (existsSync(envFile)) process.loadEnvFile(envFile)
  const { app } = (await import(pathToFileURL(file).href)) as { readonly app?: unknown }
  if (isApp(app)) return app
  throw new CommandFailed(`${file} exports no app. Write in it: export const app = createApp({ settings, urls })`)
}

/** By its methods: the application may run on another copy of Nuages than this command does. */
function isApp(value: unknown): value is App {
  if (typeof value !== 'object' || value === null) return false
  const { handle, migrate, close } = value as Partial<App>
  return [handle, migrate, close].every(method => typeof method === 'function')
}

/** Runs `work` on the application, and lets go of its database afterwards. */
export async function withApp(named: string | undefined, work: (app: App) => Promise<void>): Promise<void> {
  const app = await loadApp(named)
  try {
    await work(app)
  } finally {
    await app.close()
  }
}
