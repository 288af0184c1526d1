/** The same on an installed Nuages. `nuages.js FILE`. */
import { createApp, defineSettings, jsonResponse, path } from 'nuages'
import { serve } from 'nuages/node'

const app = createApp({
  settings: defineSettings({
    SECRET_KEY: 'a secret key of the benchmark, as long as one should be: 50 or more',
    DATABASE_URL: `sqlite:${process.argv[2]}`,
    ALLOWED_HOSTS: ['127.0.0.1'],
  }),
  urls: [path('me', async request => jsonResponse({ username: (await request.user)?.username ?? null }))],
  logger: null,
})
if (process.argv[3] === 'migrate') {
  await app.migrate()
  await app.close()
} else {
  const { port } = await serve(app, { port: 0 })
  console.log(JSON.stringify({ port }))
}
