/** The doors that an upload can come through: each its own server, with the same view behind it. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { TestContext } from 'node:test'
import { serve as serveHono } from '@hono/node-server'
import express, { type Express } from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import type { AppOptions } from 'nuages'
import {
  nuagesErrors as errorsForExpress,
  nuagesMiddleware as forExpress,
  sendAnswer as sendByExpress,
} from 'nuages/express'
import {
  nuagesErrors as errorsForFastify,
  nuagesPlugin,
  nuagesUploads,
  sendAnswer as sendByFastify,
} from 'nuages/fastify'
import { nuagesErrors as errorsForHono, nuagesMiddleware as forHono } from 'nuages/hono'
import { type HttpRequest, HttpResponse, jsonResponse, toResponse } from 'nuages/http'
import type { SettingsInput } from 'nuages/settings'
import { listen, type Opened, openApp } from './open-app.ts'

/** The answer, or what is sent as JSON; what it throws is answered as Nuages does. */
export type Reading = (request: HttpRequest) => Promise<unknown>

export interface Door {
  readonly opened: Opened
  /** Of the socket; absent where there is none. */
  readonly port?: number
  /** POSTs to `/upload/`. */
  send(init: { readonly body: string | FormData; readonly headers: Record<string, string> }): Promise<Response>
}

interface DoorOptions extends Partial<Omit<AppOptions, 'settings'>> {
  readonly settings?: Partial<SettingsInput>
}

type OpenDoor = (t: TestContext, read: Reading, options?: DoorOptions) => Promise<Door>

const portOf = (server: Server): number => (server.address() as AddressInfo).port

function throughSocket(opened: Opened, port: number): Door {
  return { opened, port, send: init => fetch(`http://127.0.0.1:${port}/upload/`, { method: 'POST', ...init }) }
}

/** The port of an Express server. */
export async function listenExpress(t: TestContext, server: Express): Promise<number> {
  const running = server.listen(0, '127.0.0.1')
  t.after(() => {
    running.close()
    running.closeAllConnections()
  })
  await once(running, 'listening')
  return portOf(running)
}

/** The port of a server of `@hono/node-server`, which hands over Node's request beside the web one. */
export async function serveFetch(t: TestContext, fetch: Parameters<typeof serveHono>[0]['fetch']): Promise<number> {
  const running = serveHono({ fetch, port: 0, hostname: '127.0.0.1' }) as Server & { closeAllConnections(): void }
  t.after(() => {
    running.close()
    running.closeAllConnections()
  })
  if (!running.listening) await once(running, 'listening')
  return portOf(running)
}

const answerOf = async (read: Reading, request: HttpRequest): Promise<HttpResponse> => {
  const result = await read(request)
  return result instanceof HttpResponse ? result : jsonResponse(result)
}

const openReading: (...args: Parameters<OpenDoor>) => Promise<Opened> = (t, read, options) =>
  openApp(t, request => answerOf(read, request), options)

type DoorName = 'fetch' | 'fetch behind a server' | 'node' | 'express' | 'fastify' | 'hono'

export const doors: Readonly<Record<DoorName, OpenDoor>> = {
  async fetch(...args) {
    const opened = await openReading(...args)
    const url = 'http://localhost/upload/'
    return { opened, send: init => opened.app.fetch(new Request(url, { method: 'POST', ...init })) }
  },

  async 'fetch behind a server'(...args) {
    const opened = await openReading(...args)
    return throughSocket(opened, await serveFetch(args[0], opened.app.fetch))
  },

  async node(...args) {
    const opened = await openReading(...args)
    return throughSocket(opened, await listen(args[0], opened.app))
  },

  async express(...args) {
    const [t, read] = args
    const opened = await openReading(...args)
    const server = express()
    server.use(forExpress(opened.app))
    server.post('/upload/', async (req, res) => sendByExpress(res, await answerOf(read, req.nuages)))
    server.use(errorsForExpress)
    return throughSocket(opened, await listenExpress(t, server))
  },

  async fastify(...args) {
    const [t, read] = args
    const opened = await openReading(...args)
    const server = fastify({ forceCloseConnections: true })
    t.after(() => server.close())
    await server.register(nuagesPlugin, { app: opened.app })
    await server.register(nuagesUploads)
    server.setErrorHandler(errorsForFastify)
    server.post('/upload/', async (request, reply) => sendByFastify(reply, await answerOf(read, request.nuages)))
    await server.listen({ port: 0, host: '127.0.0.1' })
    return throughSocket(opened, portOf(server.server))
  },

  async hono(...args) {
    const [t, read] = args
    const opened = await openReading(...args)
    const site = new Hono()
      .use(forHono(opened.app))
      .post('/upload/', async c => toResponse(await answerOf(read, c.var.nuages), c.req.method))
    site.onError(errorsForHono(opened.app))
    return throughSocket(opened, await serveFetch(t, site.fetch))
  },
}
