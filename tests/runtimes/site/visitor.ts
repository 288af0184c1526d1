/**
 * A visitor who comes through a door: keeps cookies, and sends what a test tells.
 */
import { CookieJar } from 'nuages/testing'
import type { Door } from './doors.ts'

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly body?: FormData | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string
  readonly signal?: AbortSignal
}

/** A browser's own form says where it comes from. */
const fromOwnPage = { 'Sec-Fetch-Site': 'same-origin' }

export class Visitor {
  readonly cookies: CookieJar = new CookieJar(Date.now)
  readonly #door: Door
  readonly #headers: Readonly<Record<string, string>>

  constructor(door: Door, headers: Readonly<Record<string, string>> = fromOwnPage) {
    this.#door = door
    this.#headers = headers
  }

  get(path: string, sending?: Sending): Promise<Response> {
    return this.send('GET', path, sending)
  }

  post(path: string, sending?: Sending): Promise<Response> {
    return this.send('POST', path, sending)
  }

  async send(
    method: string,
    path: string,
    { headers = {}, json, form, body, signal }: Sending = {},
  ): Promise<Response> {
    const fields = new Headers({ ...this.#headers, ...headers })
    const cookie = this.cookies.header('/', false)
    if (cookie !== null) fields.set('Cookie', cookie)
    if (json !== undefined) fields.set('Content-Type', 'application/json')
    const content = json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams(form) : body
    const init: RequestInit & { duplex: 'half' } = { method, headers: fields, redirect: 'manual', duplex: 'half' }
    if (content !== undefined) init.body = content
    if (signal !== undefined) init.signal = signal
    const response = await this.#door.send(new Request(this.#door.origin + path, init))
    this.cookies.store(response.headers.getSetCookie())
    return response
  }

  /** The `data` of a successful answer. */
  async data(method: 'GET' | 'POST', path: string, sending?: Sending): Promise<unknown> {
    const response = await this.send(method, path, sending)
    const text = await response.text()
    if (response.status >= 300) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return (JSON.parse(text) as { data: unknown }).data
  }
}
