/** Uploads through the servers of others. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { nuagesMiddleware as forExpress } from 'nuages/express'
import { nuagesPlugin, nuagesUploads } from 'nuages/fastify'
import { nuagesMiddleware as forHono } from 'nuages/hono'
import { type HttpRequest, HttpResponse } from 'nuages/http'
import { formOf, type Opened, openApp } from './open-app.ts'

const large = 3_000_000
const answer = [
  ['Wolken', 10, large],
  ['title', '0.bin', '1.bin'],
]

async function read(request: HttpRequest): Promise<unknown> {
  const parts: string[] = []
  const fields = await request.POST
  const files = (await request.FILES).getList('file')
  for await (const part of request.parts()) parts.push(part.kind === 'file' ? part.filename : part.name)
  return [[fields.get('title'), ...files.map(file => file.size)], parts]
}

const open = (t: TestContext): Promise<Opened> => openApp(t, () => new HttpResponse())

async function check(opened: Opened, send: (request: Request) => Promise<Response>, url: string): Promise<void> {
  const headers = { 'sec-fetch-site': 'same-origin' }
  const response = await send(new Request(url, { method: 'POST', body: formOf(10, large), headers }))
  assert.deepEqual(await response.json(), answer)
  assert.deepEqual(await opened.leftFiles(), [])
  assert.deepEqual(opened.openFiles(), [])
}

describe('an upload', () => {
  it('is read in Express, and gone after the answer', async t => {
    const opened = await open(t)
    const server = express()
    server.use(express.json(), forExpress(opened.app))
    server.post('/', async (req, res) => void res.json(await read(req.nuages)))
    const running = server.listen(0, '127.0.0.1')
    t.after(() => running.close())
    await once(running, 'listening')
    await check(opened, fetch, `http://127.0.0.1:${(running.address() as AddressInfo).port}/`)
  })

  it('is read in Fastify, and gone after the answer', async t => {
    const opened = await open(t)
    const server = fastify()
    t.after(() => server.close())
    await server.register(nuagesPlugin, { app: opened.app })
    await server.register(nuagesUploads)
    server.post('/', async request => read(request.nuages))
    await check(opened, fetch, `${await server.listen({ port: 0, host: '127.0.0.1' })}/`)
  })

  it('is read in Hono, and gone after the answer', async t => {
    const opened = await open(t)
    const server = new Hono()
      .use(forHono(opened.app))
      .post('/', async c => c.json((await read(c.var.nuages)) as object))
    await check(opened, async request => server.fetch(request), 'http://localhost/')
  })
})
