/**
 * The store for tests: an app of its own on a database of its own.
 */
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { App } from 'nuages'
import { defineSettings, type Settings } from 'nuages/settings'
import { shopSettings } from '../../examples/store/settings.ts'
import { createStore } from '../../examples/store/store.ts'
import { temporaryFolder } from '../real-parts.ts'

/** Long enough for `check --deploy`, known to everybody who reads this. */
export const testKey = 'the key of the store in tests: known to all, long enough, good for nothing'

/** What is tested is the store: on a busy machine hashes as dear as a site's make logins answer 503. */
export const cheapHashers: Settings['PASSWORD_HASHERS'] = [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }]

/** The store, migrated and stocked, closed when the test is over. Default: on SQLite. */
export async function openStore(t: TestContext, settings: Partial<Settings> = {}): Promise<App> {
  const app = createStore(
    defineSettings({
      ...shopSettings,
      SECRET_KEY: testKey,
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      DATABASE_URL: `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}`,
      PASSWORD_HASHERS: cheapHashers,
      ...settings,
    }),
    null,
  )
  t.after(() => app.close())
  await app.migrate()
  return app
}

/** What an answer's JSON holds, for a test to look into. */
export async function jsonOf(response: Response): Promise<JsonBody> {
  return (await response.json()) as JsonBody
}

/** Both shapes of the API: success has `data`, a problem has `code` in words and perhaps `errors`. */
export interface JsonBody {
  readonly code: number | string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors: Readonly<Record<string, readonly string[]>>
  readonly data: Data
}

interface Data {
  readonly items: readonly { readonly slug: string; readonly sku: string }[]
  readonly count: number
  readonly total: number
  readonly picture: string
}
