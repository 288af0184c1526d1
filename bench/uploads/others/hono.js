/** Hono's parseBody, which has the whole form in memory; then each file is written to the disk. */
import { randomUUID } from 'node:crypto'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const [folder] = process.argv.slice(2)
const app = new Hono()
app.post('/upload', async c => {
  let bytes = 0
  for (const file of Object.values(await c.req.parseBody())) {
    const path = join(folder, randomUUID())
    await writeFile(path, file.stream())
    bytes += (await stat(path)).size
    await rm(path)
  }
  return c.json({ bytes })
})
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(JSON.stringify({ port })),
)
server.requestTimeout = 0
process.on('disconnect', () => process.exit())
