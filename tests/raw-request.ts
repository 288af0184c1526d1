/** A request whose target no URL parser has tidied up. */
import type { App } from '../src/app/index.ts'
import { toResponse } from '../src/http/index.ts'

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly scheme?: 'http' | 'https'
  readonly ip?: string
}

/** Sends a target as it stands on the request line: `/media/../secret`. */
export async function sendTarget(app: App, target: string, request: RawRequest = {}): Promise<Response> {
  const { method = 'GET', headers = {}, scheme = 'http', ip = '127.0.0.1' } = request
  const response = await app.handle({
    method,
    target,
    headers: new Headers({ Host: 'localhost', ...headers }),
    scheme,
    remoteAddress: ip,
    body: null,
    signal: new AbortController().signal,
  })
  return toResponse(response, method)
}
