/**
 * The settings of this site. Every name and default: docs/settings.md of nuages.
 */
import { defineSettings, envSettings, type Settings } from 'nuages'

export const settings: Settings = defineSettings({
  DATABASE_URL: 'sqlite:db.sqlite3',
  LOGIN_URL: '/login/',
  LOGIN_REDIRECT_URL: '/',
  // What the environment says goes before what stands above: SECRET_KEY and DEBUG come from .env.
  ...envSettings(),
})
