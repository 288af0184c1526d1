/**
 * Holds the head of an answer back until the session is saved.
 *
 * Owns a response from the moment that somebody asks for the session: what would send its head starts the save, what comes
 * meanwhile waits in line, and `write` says that it is enough. Then everything goes on in order, straight to what was there before.
 * A request that asks for nothing has no gate.
 */
import { EventEmitter } from 'node:events'
import type { Response } from 'express'
import { type AppRequest, type Completion, complete, replacedFields } from '../app/index.ts'
import type { HttpResponse } from '../http/index.ts'
import { writeAnswer } from './answer.ts'

/** Header fields as `writeHead` takes them: an object, name and value in turn, or pairs. */
type HeadFields = FieldObject | readonly unknown[]
type FieldObject = Readonly<Record<string, number | string | readonly string[] | undefined>>
type Callback = (error?: Error | null) => void
type Method = (...args: unknown[]) => unknown
type GatedName = 'writeHead' | 'flushHeaders' | 'write' | 'end'
/** What Node refuses once the head is out. */
const headChanges = ['setHeader', 'appendHeader', 'removeHeader', 'setHeaders'] as const
/** A stream that is piped into the response. */
interface Source {
  on(event: 'error', listener: () => void): unknown
  destroy(): unknown
}

export class HeadGate {
  readonly #res: Response
  readonly #request: AppRequest
  /** What stood at the names of the gate before: Node's own, or another layer's. */
  readonly #behind: Readonly<Record<GatedName, Method>>
  readonly #sources = new Set<Source>()
  /** Listeners for `drain` where another layer keeps them from the response. */
  readonly #drainListeners = new Set<() => void>()
  #state: 'closed' | 'saving' | 'open' | 'replaced' = 'closed'
  /** What was asked for during the save, in order. */
  #steps: (() => unknown)[] = []
  #owesDrain = false
  #hasEnded = false
  /** True when nobody called `writeHead`. */
  #isImplicit = false

  /** Closes the gate of a response, unless its head is out. */
  static close(res: Response, request: AppRequest): void {
    if (!res.headersSent) new HeadGate(res, request).#install()
  }

  private constructor(res: Response, request: AppRequest) {
    this.#res = res
    this.#request = request
    const { writeHead, flushHeaders, write, end } = res
    this.#behind = { writeHead, flushHeaders, write, end } as unknown as Record<GatedName, Method>
  }

  #install(): void {
    const gated: Record<GatedName, Method> = {
      writeHead: (...args) => this.#writeHead(args),
      flushHeaders: () => this.#pass('flushHeaders', []),
      write: (...args) => this.#write(args),
      end: (...args) => this.#end(args),
    }
    const res = this.#res
    Object.assign(res, gated)
    res.on('pipe', (source: Source) => (this.#state === 'replaced' ? letGo(source) : this.#sources.add(source)))
    res.on('unpipe', (source: Source) => this.#sources.delete(source))
    if (res.on !== EventEmitter.prototype.on) this.#followDrain()
  }

  /** A layer that compresses keeps the listeners for its own stream, which knows nothing of our `false`. */
  #followDrain(): void {
    const on = this.#res.on as Method
    const follow: Method = (event, listener) => {
      if (event === 'drain' && this.#state !== 'open') this.#drainListeners.add(listener as () => void)
      return on.call(this.#res, event, listener)
    }
    this.#res.on = follow as Response['on']
  }

  #call(name: GatedName, args: unknown[]): unknown {
    return this.#behind[name].apply(this.#res, args)
  }

  /** Now, or in its turn. */
  #pass(name: GatedName, args: unknown[]): unknown {
    if (this.#state === 'open') return this.#call(name, args)
    if (this.#state === 'closed') this.#beginImplicitly()
    if (this.#state === 'saving') this.#steps.push(() => this.#call(name, args))
    return this.#res
  }

  /** As Node: who writes without a head asks for it first, so that the layers in front have their say before it is fixed. */
  #beginImplicitly(): void {
    this.#isImplicit = true
    this.#res.writeHead(this.#res.statusCode)
    if (this.#state === 'closed') this.#begin()
  }

  #writeHead(args: unknown[]): unknown {
    const status = Number(args[0])
    // Node's own complaint about what no head can be.
    if (this.#state === 'open' || !(status >= 100 && status <= 999)) return this.#call('writeHead', args)
    // A layer that does not see the head out asks for it again.
    if (this.#state !== 'closed') return this.#res
    const reason = typeof args[1] === 'string' ? [args[1]] : []
    setFields(this.#res, (typeof args[1] === 'string' ? args[2] : (args[1] ?? args[2])) as HeadFields | undefined)
    this.#res.statusCode = status
    this.#begin()
    // Left to Node, the head gets the length of a body that is whole.
    if (!this.#isImplicit) this.#steps.push(() => this.#call('writeHead', [status, ...reason]))
    return this.#res
  }

  #write(args: unknown[]): boolean {
    if (this.#state === 'open') return this.#call('write', args) as boolean
    const [chunk] = args
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) throw invalidChunk(chunk)
    if (this.#state === 'replaced') {
      this.#refuse(args)
      return false
    }
    this.#pass('write', args)
    this.#owesDrain = true
    return false
  }

  #end(args: unknown[]): Response {
    const [chunk] = args
    const isChunk = chunk !== undefined && chunk !== null && typeof chunk !== 'function'
    if (this.#state !== 'open' && isChunk && typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw invalidChunk(chunk)
    if (this.#state === 'replaced') this.#refuse(args)
    else this.#pass('end', args)
    this.#hasEnded = true
    if (this.#state === 'saving') ended.add(this.#res)
    return this.#res
  }

  /** The answer that this belongs to is not sent. */
  #refuse(args: readonly unknown[]): void {
    const callback = args.find(arg => typeof arg === 'function') as Callback | undefined
    if (callback) process.nextTick(callback, new Error('The answer was replaced: its session could not be saved.'))
  }

  /** From here on the head is as it is, for everybody who asks. */
  #begin(): void {
    this.#state = 'saving'
    const res = this.#res
    const { statusCode, statusMessage } = res
    const thaw = freezeHead(res)
    const vary = textOf(res.getHeader('Vary'))
    const cacheControl = textOf(res.getHeader('Cache-Control'))
    complete(this.#request, { status: statusCode, vary, cacheControl })
      .then(completion => {
        thaw()
        Object.assign(res, { statusCode, statusMessage })
        return this.#finish(completion)
      })
      .catch((err: unknown) => {
        const { method, path, app } = this.#request
        app.logger.error({ method, path, err }, 'the answer could not be sent')
        res.destroy()
      })
  }

  #finish({ fields, cookies, instead }: Completion): Promise<void> | void {
    if (instead !== null) return this.#replace(instead)
    const res = this.#res
    for (const [name, value] of fields) res.setHeader(name, value)
    for (const cookie of cookies) res.appendHeader('Set-Cookie', cookie)
    this.#state = 'open'
    const steps = this.#steps
    this.#steps = []
    for (const step of steps) step()
    if (this.#owesDrain && !this.#hasEnded && !res.writableNeedDrain && !res.destroyed) this.#drain()
  }

  #drain(): void {
    const listeners = new Set([...this.#res.rawListeners('drain'), ...this.#drainListeners])
    for (const listener of listeners) listener.call(this.#res)
  }

  /** Another answer; what was piped in is let go of when that is out: earlier, `pipeline` would tear the response down. */
  #replace(answer: HttpResponse): Promise<void> {
    const res = this.#res
    this.#state = 'replaced'
    this.#steps = []
    for (const name of replacedFields) res.removeHeader(name)
    res.statusMessage = ''
    const sources = [...this.#sources]
    if (res.closed) sources.forEach(letGo)
    else res.once('close', () => sources.forEach(letGo))
    const original = { ...this.#behind }
    // What Node calls on its way, `writeHead` above all, is behind the gate too.
    return this.#behindGate(() =>
      writeAnswer(res, answer, {
        write: chunk => this.#behindGate(() => original.write.call(res, chunk) as boolean),
        end: body => this.#behindGate(() => void original.end.call(res, body)),
      }),
    )
  }

  #behindGate<Result>(work: () => Result): Result {
    this.#state = 'open'
    try {
      return work()
    } finally {
      this.#state = 'replaced'
    }
  }
}

/** Nobody waits for its bytes. */
function letGo(source: Source): void {
  source.on('error', () => {})
  source.destroy()
}

function textOf(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}

function invalidChunk(chunk: unknown): TypeError {
  const problem = `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${typeof chunk}`
  return Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_TYPE' })
}

/** The fields given to `writeHead`: they replace those set before, and may repeat a name only in a list. */
function setFields(res: Response, fields: HeadFields | undefined): void {
  if (fields === undefined || fields === null) return
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields as FieldObject))
      if (value !== undefined) res.setHeader(name, value)
    return
  }
  const flat = Array.isArray(fields[0]) ? fields.flat() : fields
  if (flat.length % 2 !== 0)
    throw Object.assign(new TypeError('The list of header fields is odd.'), { code: 'ERR_INVALID_ARG_VALUE' })
  for (let index = 0; index < flat.length; index += 2) res.removeHeader(flat[index])
  for (let index = 0; index < flat.length; index += 2) res.appendHeader(flat[index], flat[index + 1])
}

/** Responses that are at their end, for everybody who asks, though Node has not been told. */
const ended = new WeakSet<object>()

/** Below each prototype of responses one more, whose head is out. Own properties of each response would make it slow for good. */
const frozenPrototypes = new WeakMap<object, object>()

function refuseChange(): never {
  const message = 'Cannot change header fields after they are sent to the client'
  throw Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' })
}

function frozenPrototype(prototype: object): object {
  let frozen = frozenPrototypes.get(prototype)
  if (frozen === undefined) {
    frozen = Object.create(prototype, {
      ...Object.fromEntries(headChanges.map(name => [name, { value: refuseChange, writable: true }])),
      headersSent: { get: () => true },
      writableEnded: {
        get(this: object) {
          return ended.has(this)
        },
      },
    }) as object
    frozenPrototypes.set(prototype, frozen)
  }
  return frozen
}

/** Until the result is called, the response looks as if its head were out, and refuses to change it as Node does then. */
function freezeHead(res: Response): () => void {
  const before = Object.getPrototypeOf(res) as object
  const frozen = frozenPrototype(before)
  Object.setPrototypeOf(res, frozen)
  return () => {
    // A mounted server that the request has left meanwhile has put its own in place.
    if (Object.getPrototypeOf(res) === frozen) Object.setPrototypeOf(res, before)
  }
}
