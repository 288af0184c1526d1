/**
 * An app on a socket, straight on `node:http`.
 *
 * Owns the server's limits in time, keep-alive, backpressure and the orderly end. Leaves the answers to the app.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { discardBody, type HttpResponse, isBodiless, type RequestSource } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { announcesBody, SocketSource } from './source.ts'

/** What `serve` needs of an app. */
export interface Servable {
  handle(source: RequestSource): Awaitable<HttpResponse>
  close?(): Promise<void>
}

export interface ServeOptions {
  /** Default: 8000. 0 takes a free one. */
  readonly port?: number
  /** Default: `127.0.0.1`, this machine only. */
  readonly host?: string
  /** How long a request may take to arrive, head and body, in seconds. Default: 300. */
  readonly requestSeconds?: number
  /** How long its head may take, in seconds. Default: 10 (slowloris). */
  readonly headSeconds?: number
  /** How long an idle connection stays open, in seconds. Default: 72, longer than the usual proxy keeps its own. */
  readonly keepAliveSeconds?: number
  /** How long running requests may take to end after SIGTERM, in seconds. Default: 30. */
  readonly graceSeconds?: number
  /** False leaves SIGTERM and SIGINT to you. Default: true. */
  readonly signals?: boolean
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string
  readonly port: number
  /** Refuses new requests, finishes those that run, closes the app. */
  close(): Promise<void>
}

/** Head of a request in bytes, request line included. */
const maxHeadBytes = 16_384

/** How long the rest of a body that nobody reads may keep coming, in milliseconds. */
const restMs = 5000

/** How often a closing server looks for connections whose last answer is out. */
const idleCheckMs = 50

/** Serves an app. Resolves when it listens. */
export async function serve(app: Servable, options: ServeOptions = {}): Promise<RunningServer> {
  const server = createServer({
    requestTimeout: (options.requestSeconds ?? 300) * 1000,
    headersTimeout: (options.headSeconds ?? 10) * 1000,
    keepAliveTimeout: (options.keepAliveSeconds ?? 72) * 1000,
    connectionsCheckingInterval: 2000,
    maxHeaderSize: maxHeadBytes,
    optimizeEmptyRequests: true,
  })
  attach(server, app)
  await listen(server, options.port ?? 8000, options.host ?? '127.0.0.1')
  const running = runningServer(server, app, (options.graceSeconds ?? 30) * 1000)
  if (options.signals !== false) closeOnSignals(running)
  return running
}

/** Hands every request of a server to the app. What is no HTTP, Node refuses itself: 400, 408, 431. */
function attach(server: Server, app: Servable): void {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): void => {
    // No app of ours fails here; whoever's does must not end the process for all others.
    const fail = (error: Error): unknown => outgoing.destroy(error)
    try {
      const response = app.handle(new SocketSource(incoming, outgoing, expectsContinue))
      if (response instanceof Promise) response.then(ready => write(incoming, outgoing, ready)).catch(fail)
      else write(incoming, outgoing, response)
    } catch (error) {
      fail(error as Error)
    }
  }
  server.on('request', (incoming, outgoing) => answer(incoming, outgoing, false))
  server.on('checkContinue', (incoming, outgoing) => answer(incoming, outgoing, true))
}

function write(incoming: IncomingMessage, outgoing: ServerResponse, response: HttpResponse): void {
  const { body, status } = response
  if (outgoing.destroyed) {
    discardBody(body)
    return
  }
  const isHead = incoming.method === 'HEAD'
  const isKnown = body === null || typeof body === 'string' || body instanceof Uint8Array
  // A view may know the length of what HEAD does not send; any other length is the body's own.
  const keepsLength = isKnown && body === null && isHead && response.headers.has('Content-Length')
  if (isKnown && !keepsLength) response.headers.delete('Content-Length')
  const fields = response.headers.takeFlat()
  for (const cookie of response.setCookies) fields.push('Set-Cookie', cookie)
  if (!incoming.complete && announcesBody(incoming.rawHeaders)) limitRest(incoming)
  const bodiless = isBodiless(status)
  if (isKnown) {
    if (!bodiless && !keepsLength) fields.push('Content-Length', String(body === null ? 0 : byteLength(body)))
    outgoing.writeHead(status, fields)
    outgoing.end(bodiless || isHead || body === null ? undefined : body)
    return
  }
  outgoing.writeHead(status, fields)
  if (bodiless || isHead) {
    discardBody(body)
    outgoing.end()
  } else writeStream(outgoing, body).catch(() => outgoing.destroy())
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

/**
 * Node discards what the client still sends once the answer is out, so that the client gets to see the answer instead of a reset.
 * Not for ever: then the connection is cut.
 */
function limitRest(incoming: IncomingMessage): void {
  const cut = setTimeout(() => {
    if (!incoming.complete) incoming.socket.destroy()
  }, restMs)
  cut.unref()
}

/** Pulls the next chunk only when the socket takes more; stops the source when the client goes away. */
async function writeStream(outgoing: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) {
    if (outgoing.destroyed) return
    if (!outgoing.write(chunk)) await drained(outgoing)
  }
  outgoing.end()
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function runningServer(server: Server, app: Servable, graceMs: number): RunningServer {
  const { address, port, family } = server.address() as AddressInfo
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    const ended = new Promise<void>(resolve => server.close(() => resolve()))
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    await ended
    clearInterval(idle)
    clearTimeout(cut)
    await app.close?.()
  }
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function closeOnSignals(running: RunningServer): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      running.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
}
