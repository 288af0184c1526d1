/** The store as `npm start` and `nuages serve --app examples/store/app.ts` serve it: settings from the environment. */
import type { App } from 'nuages'
import { pino } from 'pino'
import { storeSettings } from './settings.ts'
import { createStore } from './store.ts'

export const app: App = createStore(storeSettings(), pino())
