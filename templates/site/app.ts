/** The site. The `nuages` command serves what is exported here as `app`. */
import { type App, createApp } from 'nuages'
import { settings } from './settings.ts'
import { urls } from './urls.ts'

export const app: App = createApp({ settings, urls })
