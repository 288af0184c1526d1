/**
 * One line a request, and the stack of every bug.
 *
 * Owns what is logged: never cookies, session keys, bodies, query values or header fields, so no password can be in it, nor a `<…:token>` of a path, by
 * which a password is set.
 */
import { randomUUID } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import type { Middleware } from './middleware.ts'

/** What Nuages asks of a logger. `pino()` is one. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A logger without a library: a line of JSON for each record, on standard output, as pino writes. */
export function consoleLogger(write: (line: string) => void = line => process.stdout.write(line)): Logger {
  const log =
    (level: number) =>
    (fields: object, message: string): void => {
      write(`${JSON.stringify({ level, time: Date.now(), ...plain(fields), msg: message })}\n`)
    }
  return { info: log(30), warn: log(40), error: log(50) }
}

/** Errors have no enumerable fields: their type, message and stack are spelled out, causes included. */
function plain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]),
  )
}

function describe(error: Error): object {
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof HttpError ? detailsOf(error) : {}),
    ...(error.cause instanceof Error ? { cause: describe(error.cause) } : {}),
  }
}

/** Of our own errors only: the `detail` of a driver's may be the data of a visitor. */
function detailsOf(error: HttpError & { readonly reason?: unknown; readonly detail?: unknown }): object {
  const { code, reason, detail } = error
  return { code, reason, detail }
}

const requestIds = new WeakMap<HttpRequest, string>()

/** The id under which the request stands in the log and in `X-Request-Id`; `undefined` without `requestLog`. */
export function requestIdOf(request: HttpRequest): string | undefined {
  return requestIds.get(request)
}

/**
 * Logs one line a request: method, path without query, status, milliseconds, address, and an id that the answer carries as `X-Request-Id`.
 * 500 and above is an error.
 */
export function requestLog(logger: Logger): Middleware {
  return async (request, next) => {
    const started = performance.now()
    const requestId = randomUUID()
    requestIds.set(request, requestId)
    const response = await next(request)
    response.headers.set('X-Request-Id', requestId)
    const path = loggedPath(request)
    const fields = {
      requestId,
      method: request.method,
      path,
      status: response.status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      ip: request.ip,
    }
    logger[levelOf(response)](fields, `${request.method} ${path} ${response.status}`)
    return response
  }
}

function levelOf(response: HttpResponse): 'info' | 'error' {
  return response.status >= 500 ? 'error' : 'info'
}

/** The path of a request as it may stand in a log: printable, and without the value of a parameter named `token`. */
export function loggedPath({ path, params }: HttpRequest): string {
  const { token } = params
  return printable(typeof token === 'string' && token !== '' ? path.replaceAll(token, '<token>') : path)
}

/** Control characters, line separators, and characters that turn the text around or cannot be seen. */
const unprintable = /[\p{C}\u2028\u2029]/gu

/** Text from outside as it may stand in a log: no line is forged (CWE-117), and no terminal that shows it is steered. */
export function printable(text: string): string {
  return text.replace(unprintable, char => `\\u{${(char.codePointAt(0) as number).toString(16)}}`)
}
