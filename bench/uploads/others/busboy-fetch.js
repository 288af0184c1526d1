/** The same by hand behind a web Request: busboy fed by its body, on the server that `app.fetch` is measured on. */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { serve } from '@hono/node-server'
import busboy from 'busboy'

const [folder] = process.argv.slice(2)

/** Resolves the paths of the files of a form. */
async function keep(request) {
  const form = busboy({ headers: { 'content-type': request.headers.get('content-type') } })
  const paths = []
  const writing = []
  form.on('file', (_field, file) => {
    const path = join(folder, randomUUID())
    paths.push(path)
    writing.push(pipeline(file, createWriteStream(path)))
  })
  await pipeline(Readable.fromWeb(request.body), form)
  await Promise.all(writing)
  return paths
}

async function fetch(request) {
  let bytes = 0
  for (const path of await keep(request)) {
    bytes += (await stat(path)).size
    await rm(path)
  }
  return Response.json({ bytes })
}

const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(JSON.stringify({ port })))
server.requestTimeout = 0
process.on('disconnect', () => process.exit())
