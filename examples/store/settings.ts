/**
 * The store's settings: from the environment by their own names, and what a development start needs beside them.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from 'nuages'
import { defineSettings, envSettings, isProduction, type Settings } from 'nuages/settings'

const developmentDatabase = 'sqlite:store.sqlite3'
/** Pictures of visitors, unless `MEDIA_ROOT` says otherwise. */
const mediaFolder = fileURLToPath(new URL('media', import.meta.url))

/** What makes it this shop, wherever it runs. */
export const shopSettings = {
  SECURE_CSP: "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  LOGIN_URL: '/user/login/',
  LOGIN_REDIRECT_URL: '/user/',
  EMAIL_VERIFICATION: true,
  DEFAULT_FROM_EMAIL: 'Nuages, the shop <shop@localhost>',
}

/** The key of a development start, made once and kept beside the database, readable by its owner only. */
function developmentKey(databaseUrl: string): string {
  const path = /^sqlite:(?:\/\/\/)?(?!:memory:)(.+)$/.exec(databaseUrl)?.[1]
  const file = join(path === undefined ? '.' : dirname(path), '.secret-key')
  if (!existsSync(file)) writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}

/** What `npm start` runs on. @throws {ConfigError} for a setting that is missing or wrong. */
export function storeSettings(): Settings {
  const given = envSettings()
  const DATABASE_URL = given.DATABASE_URL ?? developmentDatabase
  const development = isProduction()
    ? {}
    : {
        DEBUG: true,
        SECRET_KEY: given.SECRET_KEY ?? developmentKey(DATABASE_URL),
        ALLOWED_HOSTS: ['localhost', '.localhost', '127.0.0.1', '[::1]'],
      }
  const settings = defineSettings({
    ...shopSettings,
    ...development,
    MEDIA_ROOT: mediaFolder,
    ...given,
    DATABASE_URL,
  })
  if (settings.ALLOWED_HOSTS.length === 0)
    throw new ConfigError(
      'ALLOWED_HOSTS is empty: the store would answer nobody.',
      'Set it to the names of this site: ALLOWED_HOSTS=shop.example',
      {
        setting: 'ALLOWED_HOSTS',
      },
    )
  return settings
}
