/** @fastify/multipart, each file piped into one on the disk, as its readme says. */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import fastify from 'fastify'

const [folder] = process.argv.slice(2)
const app = fastify({ bodyLimit: 2 ** 40 })
await app.register(multipart, { limits: { fileSize: 2 ** 40 } })
app.post('/upload', async request => {
  let bytes = 0
  for await (const part of request.files()) {
    const path = join(folder, randomUUID())
    await pipeline(part.file, createWriteStream(path))
    bytes += (await stat(path)).size
    await rm(path)
  }
  return { bytes }
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ port: app.server.address().port }))
process.on('disconnect', () => process.exit())
