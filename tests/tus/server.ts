/** A server with resumable uploads, in a process of its own: its folder and its port are its arguments. `HANG` makes it hang in `onFinish`. */
import { join } from 'node:path'
import { createApp, defineSettings, include, path } from 'nuages'
import { createDiskStorage } from 'nuages/files'
import { serve } from 'nuages/node'
import { createTusUploads } from '../../src/tus/index.ts'

const [folder = '', port = '0'] = process.argv.slice(2)

const storage = createDiskStorage({ root: join(folder, 'files') })
const uploads = createTusUploads({
  folder: join(folder, 'uploading'),
  storage: () => storage,
  owner: () => 'ada',
  onFinish: async (_, { id, name }) => {
    process.send?.({ finishing: id })
    if (process.env.HANG !== undefined) await new Promise(() => {})
    process.send?.({ finished: id, name })
  },
})
const app = createApp({
  settings: defineSettings({
    SECRET_KEY: 'the key of the tests of resumable uploads',
    DATABASE_URL: 'sqlite::memory:',
    ALLOWED_HOSTS: ['127.0.0.1'],
  }),
  urls: [path('upload/', include(uploads.urls))],
  logger: null,
})
await app.migrate()
const { url } = await serve(app, { port: Number(port), host: '127.0.0.1' })
process.send?.({ url })
