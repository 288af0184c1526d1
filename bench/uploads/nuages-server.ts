/**
 * An app that takes uploads: `nuages-server.ts FOLDER DOOR STYLE`.
 *
 * DOOR: `node`, or `fetch` behind the server of `@hono/node-server`. STYLE: `FILES`; `parts`, which are written into files; `piped`: the same through
 * a stream of Node's, which holds chunks back.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { serve as serveFetch } from '@hono/node-server'
import { createApp } from 'nuages'
import { type FilePart, type HttpRequest, type HttpResponse, jsonResponse } from 'nuages/http'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { path } from 'nuages/urls'
import { csrfExempt, type ViewFunction } from 'nuages/views'

const [folder = '', door, style] = process.argv.slice(2)

/** Every file is on the disk when the view has them. */
async function takeFiles(request: HttpRequest): Promise<HttpResponse> {
  let bytes = 0
  for (const { temporaryPath, size } of (await request.FILES).getList('file'))
    bytes += temporaryPath === null ? size : (await stat(temporaryPath)).size
  return jsonResponse({ bytes })
}

async function takeParts(request: HttpRequest): Promise<HttpResponse> {
  const write = (part: FilePart, place: string): Promise<void> =>
    style === 'piped' ? pipeline(part, createWriteStream(place)) : writeFile(place, part.transientChunks())
  let bytes = 0
  for await (const part of request.parts()) {
    if (part.kind !== 'file') continue
    const place = join(folder, randomUUID())
    await write(part, place)
    bytes += (await stat(place)).size
    await rm(place)
  }
  return jsonResponse({ bytes })
}

const app = createApp({
  logger: null,
  settings: defineSettings({
    SECRET_KEY: 'the key of the server that takes uploads, measured only',
    DATABASE_URL: 'sqlite::memory:',
    ALLOWED_HOSTS: ['127.0.0.1'],
    FILE_UPLOAD_TEMP_DIR: folder,
    FILE_UPLOAD_MAX_SIZE: null,
    DATA_UPLOAD_MAX_REQUEST_SIZE: null,
  }),
  urls: [path('upload', csrfExempt((style === 'FILES' ? takeFiles : takeParts) as ViewFunction))],
})

async function listen(): Promise<number> {
  if (door === 'node') return (await serve(app, { port: 0, signals: false })).port
  return new Promise(resolve => {
    const options = { fetch: app.fetch, port: 0, hostname: '127.0.0.1' }
    const server = serveFetch(options, ({ port }) => resolve(port)) as Server
    server.requestTimeout = 0
  })
}

process.stdout.write(`${JSON.stringify({ port: await listen() })}\n`)
process.on('disconnect', () => process.exit())
