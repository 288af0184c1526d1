/** What one writes by hand: busboy on node:http, each file piped into one on the disk. The yardstick. */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'

const [folder] = process.argv.slice(2)

/** Resolves the paths of the files of a form. */
async function keep(request) {
  const form = busboy({ headers: request.headers })
  const paths = []
  const writing = []
  form.on('file', (_field, file) => {
    const path = join(folder, randomUUID())
    paths.push(path)
    writing.push(pipeline(file, createWriteStream(path)))
  })
  await pipeline(request, form)
  await Promise.all(writing)
  return paths
}

const server = createServer(async (request, response) => {
  let bytes = 0
  for (const path of await keep(request)) {
    bytes += (await stat(path)).size
    await rm(path)
  }
  response.end(JSON.stringify({ bytes }))
})
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
process.on('disconnect', () => process.exit())
