/**
 * A page that takes large files over networks that break.
 *
 * `node --conditions=nuages-source examples/resumable/main.ts`: choose a file, reload the page while it is sent, choose it again.
 * It says where it is on its output; `PORT`, `UPLOAD_FOLDER` and `MEDIA_ROOT` change where it listens and keeps files.
 */
import { serve } from 'nuages/node'
import { env } from 'nuages/settings'
import { createSite } from './site.ts'

const app = createSite()
await app.migrate()
const { url } = await serve(app, { port: Number(env('PORT', '8000')), host: '127.0.0.1' })
app.logger.info({ url }, `Open ${url} and choose a large file`)
