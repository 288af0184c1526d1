/** A server with resumable uploads, in a process of its own: its folder and its port are its arguments. `HANG` makes it hang in `onFinish`. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createApp, defineSettings, include, path } from 'nuages'
import type { Storage } from 'nuages/files'
import { serve } from 'nuages/node'
import { createTusUploads } from '../../src/tus/index.ts'

const [folder = '', port = '0'] = process.argv.slice(2)

const storage = {
  async save(name: string, source: { chunks(): AsyncIterable<Uint8Array> }) {
    const target = join(folder, 'files', name)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.part`, source.chunks())
    await rename(`${target}.part`, target)
    return name
  },
  delete: (name: string) => rm(join(folder, 'files', name)).then(() => true),
} as unknown as Storage

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
