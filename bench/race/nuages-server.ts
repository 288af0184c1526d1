/**
 * A server on Nuages for the races, with one of its session engines: `nuages-server.ts SETTINGS [plain]`.
 *
 * `plain`: the same engine with its compare-and-swap taken out, so that the last write wins: what it costs is the comparison.
 */
import { renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApp, defineSettings } from 'nuages'
import { type Database, openDatabase } from 'nuages/db'
import { systemClock } from 'nuages/kit'
import { serve } from 'nuages/node'
import { openRedis } from 'nuages/redis'
import {
  createCacheSessionStore,
  createDatabaseSessionStore,
  createFileSessionStore,
  type SessionStore,
} from 'nuages/sessions'
import { type SettingsInput, sessionCache } from 'nuages/settings'
import { raceUrls } from './views.ts'

const [text = '{}', mode] = process.argv.slice(2)
const settings = defineSettings({
  SECRET_KEY: 'a secret key of the races, as long as one should be: 50 or more',
  ALLOWED_HOSTS: ['127.0.0.1'],
  SESSION_INDEX: false,
  ...(JSON.parse(text) as SettingsInput),
})
const options = { clock: systemClock }

/** As it is, but for its `replace`, which writes whatever is there. */
function plainStore(): SessionStore | undefined {
  const { SESSION_ENGINE: engine } = settings
  if (engine === 'signed_cookies') return undefined
  if (engine === 'file') return plainFiles()
  if (engine === 'cache') return plainCache()
  const database = openDatabase(settings.DATABASE_URL)
  const rows = { ...createDatabaseSessionStore(database, systemClock), replace: plainUpdate(database) }
  return engine === 'db' ? rows : plainCopies(rows)
}

function plainUpdate(database: Database): SessionStore['replace'] {
  const update = database.prepare('UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ?')
  return async (key, _seen, text, expiresAt) => (await update.run([text, database.toColumnTime(expiresAt), key])) === 1
}

/** What Django's `cached_db` does: read the copy, else the row; write the row, then the copy. */
function plainCopies(rows: SessionStore): SessionStore {
  const { url, prefix } = sessionCache(settings)
  const redis = openRedis(url)
  return {
    ...rows,
    load: async key => (await redis.get(prefix + key)) ?? rows.load(key),
    async replace(key, seen, text, expiresAt) {
      const isDone = await rows.replace(key, seen, text, expiresAt)
      await redis.set(prefix + key, text, { lifeMs: 300_000 })
      return isDone
    },
  }
}

function plainCache(): SessionStore {
  const { url, prefix } = sessionCache(settings)
  const redis = openRedis(url)
  return {
    ...createCacheSessionStore(redis, { prefix, ...options }),
    async replace(key, _seen, text, expiresAt) {
      await redis.set(prefix + key, `${expiresAt}:${text}`, { lifeMs: Math.ceil(expiresAt - Date.now()) })
      return true
    },
  }
}

function plainFiles(): SessionStore {
  const { SESSION_FILE_PATH: folder, SESSION_COOKIE_NAME: prefix, SESSION_COOKIE_AGE: cookieAgeSeconds } = settings
  const files = createFileSessionStore({ folder, prefix, cookieAgeSeconds, ...options })
  files.replace = async (key, _seen, text, expiresAt) => {
    const path = join(folder as string, `${prefix}${key}`)
    const draft = `${path}.draft${Math.random()}`
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    const at = new Date(expiresAt - cookieAgeSeconds * 1000)
    utimesSync(draft, at, at)
    renameSync(draft, path)
    return true
  }
  return files
}

const app = createApp({
  settings,
  logger: null,
  urls: raceUrls,
  ...(mode === 'plain' && { sessionStore: plainStore() as SessionStore }),
})
await app.migrate()
const server = await serve(app, { port: 0, host: '127.0.0.1' })
process.stdout.write(`${JSON.stringify({ port: server.port })}\n`)
process.on('disconnect', () => process.exit())
