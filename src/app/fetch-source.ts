import { type RequestSource, streamBody } from '../http/index.ts'

/** A web `Request` as an app reads it. The host is the URL's where the runtime hides the Host field. */
export function fetchSource(request: Request, ip: string | null): RequestSource {
  const url = new URL(request.url)
  const headers = request.headers
  return {
    method: request.method,
    target: url.pathname + url.search,
    headers: {
      get: name => headers.get(name) ?? (name.toLowerCase() === 'host' ? url.host : null),
      has: name => name.toLowerCase() === 'host' || headers.has(name),
      entries: () => headers.entries(),
    },
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    serverPort: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    remoteAddress: ip,
    body: request.body && { [Symbol.asyncIterator]: () => streamBody(request.body as ReadableStream<Uint8Array>) },
    signal: request.signal,
  }
}
