/**
 * The site of the test deployment: the views of the races, and what a load balancer asks. Settings come from the environment.
 */
import { type App, createApp, defineSettings, envSettings, healthz, path, readyz } from 'nuages'
import { raceUrls } from '../race/views.ts'

export const app: App = createApp({
  settings: defineSettings({ SESSION_INDEX: false, ...envSettings() }),
  urls: [...raceUrls, path('healthz', healthz), path('readyz', readyz)],
  logger: null,
})
