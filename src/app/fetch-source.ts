import { type RequestSource, streamBody } from '../http/index.ts'

/** A web `Request` as an app reads it. The host is the URL's where the runtime hides the Host field. */
export function fetchSource(request: Request, ip: string | null): RequestSource {
  const url = URL.parse(request.url)
  if (url === null) return hostlessSource(request, ip)
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

/** What Bun and Deno make of a Host field that fits into no URL: a request with a path or less as its URL. It has no host, and is refused. */
function hostlessSource({ method, headers, signal }: Request, ip: string | null): RequestSource {
  const isHost = (name: string): boolean => name.toLowerCase() === 'host'
  return {
    method,
    target: '/',
    headers: {
      get: name => (isHost(name) ? null : headers.get(name)),
      has: name => !isHost(name) && headers.has(name),
      entries: () => headers.entries(),
    },
    scheme: 'http',
    remoteAddress: ip,
    body: null,
    signal,
  }
}
