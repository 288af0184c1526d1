/**
 * An app on a socket, straight on `node:http`.
 *
 * Owns the server's limits in time, keep-alive, backpressure and the orderly end. Leaves the answers to the app.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as SocketServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  BodyPace,
  chunksOf,
  discardBody,
  discardRest,
  type HttpResponse,
  isBodiless,
  isStreamed,
  type RequestSource,
  type StreamedBody,
} from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { BodyTooSlow } from './errors.ts'
import { refusalStatus } from './refusal.ts'
import { type Reading, SocketSource } from './source.ts'

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
  /** How long the head of a request may take to arrive, in seconds. Default: 10 (slowloris). */
  readonly headSeconds?: number
  /**
   * How many bytes of a body must arrive in a second while somebody waits for them, on the average of `bodySeconds`. Default: 500;
   * 0: any pace will do. The answer to a slower client is 408.
   */
  readonly bodyBytesPerSecond?: number
  /** Over how many seconds that is measured: as long may a body stop. Default: 30. */
  readonly bodySeconds?: number
  /** How long a whole request may take to arrive, in seconds, however fast. Default: 0, no limit: a large upload takes its time. */
  readonly requestSeconds?: number
  /**
   * How long a client may take nothing of an answer that waits for it, in seconds; then the connection is cut. Default: 300; 0: for ever.
   * The system tells of what was taken in steps, of up to 1.4 MB on Linux: who takes less in this time is cut off, too.
   */
  readonly sendSeconds?: number
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

/** How often a closing server looks for connections whose last answer is out. */
const idleCheckMs = 50

/**
 * For how long after SIGTERM a connection stays open on which nothing comes: a busy proxy's next request may be under way on it, and would be lost.
 * Its answer says that the connection ends.
 */
const drainMs = 500

/** For how long after SIGTERM the port stays open in any case: the parent of several processes lets go of it meanwhile. */
const handOverMs = 100

/** A turn of the event loop is short that takes no larger share of the time waited so far: 0.1 ms after 100. */
const shortTurn = 0.001

/** Serves an app. Resolves when it listens. */
export async function serve(app: Servable, options: ServeOptions = {}): Promise<RunningServer> {
  const upgrading = new WeakSet<IncomingMessage>()
  const server = createServer({
    requestTimeout: (options.requestSeconds ?? 0) * 1000,
    headersTimeout: (options.headSeconds ?? 10) * 1000,
    keepAliveTimeout: (options.keepAliveSeconds ?? 72) * 1000,
    connectionsCheckingInterval: 2000,
    maxHeaderSize: maxHeadBytes,
    optimizeEmptyRequests: true,
    requireHostHeader: false, // `refusalStatus` asks for it
    shouldUpgradeCallback: incoming => {
      upgrading.add(incoming)
      return false
    },
  })
  const { bodyBytesPerSecond = 500, bodySeconds = 30, sendSeconds = 300 } = options
  if (!(sendSeconds >= 0 && sendSeconds < Number.POSITIVE_INFINITY))
    throw new RangeError('sendSeconds is a number of seconds; 0 sets no limit.')
  const pace = new BodyPace({
    windowBytes: bodyBytesPerSecond * bodySeconds,
    windowSeconds: bodySeconds,
    refusal: () => new BodyTooSlow(bodyBytesPerSecond),
  })
  attach(server, app, { pace, upgrading, sendMs: sendSeconds * 1000 })
  await listen(server, options.port ?? 8000, options.host ?? '127.0.0.1')
  const { address, port, family } = server.address() as AddressInfo
  const end = endOf(server, app, (options.graceSeconds ?? 30) * 1000)
  if (options.signals !== false) endOnSignals(end)
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, port, close: () => end(0) }
}

interface Watched {
  readonly pace: BodyPace
  /** Requests that offer another protocol, which nobody takes up: Node loses what has arrived behind them, so their answers are the last. */
  readonly upgrading: WeakSet<IncomingMessage>
  readonly sendMs: number
}

/** Hands every request of a server to the app. What is no HTTP, Node refuses itself: 400, 408, 431. */
function attach(server: Server, app: Servable, { pace, upgrading, sendMs }: Watched): void {
  /** Connections whose last request is here: what follows it is none. */
  const ending = new WeakSet<object>()
  const refuse = (incoming: IncomingMessage, outgoing: ServerResponse, status: number): void => {
    ending.add(incoming.socket)
    outgoing.writeHead(status, ['Connection', 'close', 'Content-Length', '0']).end()
  }
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse, reading: Reading): void => {
    const refusal = ending.has(incoming.socket) ? 400 : refusalStatus(incoming)
    if (refusal !== null) {
      refuse(incoming, outgoing, refusal)
      return
    }
    if (upgrading.has(incoming)) {
      ending.add(incoming.socket)
      outgoing.shouldKeepAlive = false
    }
    // Its turn comes later: the time of the answer before it is over then.
    if (outgoing.socket === null) outgoing.once('socket', socket => socket.setTimeout(0))
    // No app of ours fails here; whoever's does must not end the process for all others.
    const fail = (error: Error): unknown => outgoing.destroy(error)
    try {
      const source = new SocketSource(incoming, outgoing, reading)
      const response = app.handle(source)
      const exchange = { server, incoming, outgoing, sendMs }
      if (response instanceof Promise) response.then(ready => write(source, exchange, ready)).catch(fail)
      else write(source, exchange, response)
    } catch (error) {
      fail(error as Error)
    }
  }
  const atOnce: Reading = { pace, expectsContinue: false }
  const whenAsked: Reading = { pace, expectsContinue: true }
  server.on('request', (incoming, outgoing) => answer(incoming, outgoing, atOnce))
  // Whatever else a client expects, its body may follow or not.
  server.on('checkExpectation', (incoming, outgoing) => refuse(incoming, outgoing, 417))
  server.on('checkContinue', (incoming, outgoing) => answer(incoming, outgoing, whenAsked))
}

/** Both ends of one exchange. */
interface Exchange {
  readonly server: Server
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly sendMs: number
}

function write(source: SocketSource, exchange: Exchange, response: HttpResponse): void {
  const { server, incoming, outgoing } = exchange
  const { body, status } = response
  if (outgoing.destroyed) {
    discardBody(body)
    return
  }
  const isHead = incoming.method === 'HEAD'
  const isKnown = !isStreamed(body)
  // A view may know the length of what HEAD does not send; any other length is the body's own.
  const keepsLength = isKnown && body === null && isHead && response.headers.has('Content-Length')
  if (isKnown && !keepsLength) response.headers.delete('Content-Length')
  const fields = response.headers.takeFlat()
  for (const cookie of response.setCookies) fields.push('Set-Cookie', cookie)
  const hasRest = source.hasRest
  // What the client sends next may be the body that it holds back, or not: it cannot be told from another request.
  if (!server.listening || (hasRest && (source.isHeldBack || status === 408))) fields.push('Connection', 'close')
  const bodiless = isBodiless(status)
  if (isKnown) {
    if (!bodiless && !keepsLength) fields.push('Content-Length', String(body === null ? 0 : byteLength(body)))
    outgoing.writeHead(status, fields)
    const sent = bodiless || isHead || body === null ? undefined : body
    if (hasRest) endAfterRest(exchange, sent)
    else end(exchange, sent)
    return
  }
  outgoing.writeHead(status, fields)
  if (bodiless || isHead) {
    discardBody(body)
    endAfterRest(exchange)
  } else
    writeStream(exchange, body)
      .then(() => discardRest(incoming, () => {}))
      .catch(() => outgoing.destroy())
}

/** The whole answer goes out at once, but it ends only when the request does: Node would close the connection on a client that still sends. */
function endAfterRest(exchange: Exchange, body?: string | Uint8Array): void {
  const { incoming, outgoing } = exchange
  if (body === undefined || body.length === 0) outgoing.flushHeaders()
  else outgoing.write(body)
  discardRest(incoming, () => end(exchange))
}

function end(exchange: Exchange, body?: string | Uint8Array): void {
  exchange.outgoing.end(body)
  cutWhenStuck(exchange)
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

/** Pulls the next chunk only when the socket takes more; stops the source when the client goes away. */
async function writeStream(exchange: Exchange, body: StreamedBody): Promise<void> {
  const { outgoing } = exchange
  const chunks = chunksOf(body)
  outgoing.once('close', () => chunks.return())
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    if (outgoing.destroyed) return
    if (outgoing.write(next.value)) continue
    cutWhenStuck(exchange)
    await drained(outgoing)
    // From here on the source may take its time.
    outgoing.socket?.setTimeout(0)
  }
  if (!outgoing.destroyed) end(exchange)
}

/**
 * Ends an exchange whose client does not read: it would hold memory and a connection for as long as it likes. What the system takes from the
 * socket begins the time anew: it does so in steps of up to 1.4 MB (Linux). At the end of the answer the time of idle connections takes its place.
 */
function cutWhenStuck(exchange: Exchange): void {
  const { outgoing, server, sendMs } = exchange
  const { socket } = outgoing
  if (socket === null) outgoing.once('socket', () => process.nextTick(cutWhenStuck, exchange))
  if (socket === null || outgoing.writableLength === 0) return
  socket.setTimeout(sendMs)
  if (outgoing.listenerCount('timeout') > 0) return
  outgoing.once('timeout', () => outgoing.destroy())
  // Node sets none then.
  if (server.keepAliveTimeout === 0) outgoing.once('finish', () => socket.setTimeout(0))
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

/** Ends a server, once. Idle connections stay open for `quietMs` milliseconds. */
type End = (quietMs: number) => Promise<void>

function endOf(server: Server, app: Servable, graceMs: number): End {
  let closing: Promise<void> | null = null
  const close = async (quietMs: number): Promise<void> => {
    if (quietMs > 0) await takeQueue(server, quietMs)
    const ended = new Promise<void>(resolve => {
      if (quietMs === 0) server.close(() => resolve())
      // That of `http.Server` itself would end idle connections at once.
      else SocketServer.prototype.close.call(server, () => resolve())
    })
    let idle: NodeJS.Timeout | undefined
    const quiet = setTimeout(() => {
      idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
    }, quietMs)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    await ended
    clearTimeout(quiet)
    clearInterval(idle)
    clearTimeout(cut)
    await app.close?.()
  }
  return quietMs => {
    closing ??= close(quietMs)
    return closing
  }
}

/**
 * Connections that wait in the system's queue would be reset when the port closes: takes them first, one in a turn of the event loop. What comes
 * during the last turn is lost: that one is short, and the longer it has to be waited for, the longer it may be.
 */
async function takeQueue(server: Server, longestMs: number): Promise<void> {
  const began = performance.now()
  let isTaken = false
  const taken = (): void => {
    isTaken = true
  }
  server.on('connection', taken)
  await delay(handOverMs)
  for (let turn = performance.now(); turn - began < longestMs; turn = performance.now()) {
    isTaken = false
    await new Promise(setImmediate)
    if (!isTaken && performance.now() - turn < (turn - began) * shortTurn) break
  }
  server.off('connection', taken)
}

function endOnSignals(end: End): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      end(signal === 'SIGTERM' ? drainMs : 0).then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
}
