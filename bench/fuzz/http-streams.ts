/** Streams of requests as a client may send them: right ones, and those that make two readers see two things. */
import { below, mutateBytes, pick, type Random, several } from './random.ts'

export interface Stream {
  readonly bytes: string
  /** Nothing in it is wrong: every request must be answered. */
  readonly isClean: boolean
}

const paths = ['/', '/echo', '/echo', '/left', '/slow', '/stream', '/form', '/json', '/empty', '/missing'] as const

/** What begins another request, should somebody read a body as one. */
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

const bodies = [
  '',
  'a',
  smuggled,
  `0\r\n\r\n${smuggled}`,
  '{"a":1}',
  'a=1&b=2',
  '\r\n',
  '\0\xff',
  'x'.repeat(3000),
] as const

const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=b',
] as const

/** Fields that mean nothing here. */
const harmless = [
  ...[
    'Accept: */*',
    'X-A: b',
    'X-Empty:',
    'X-Tab:\ta\t',
    'X-High: \xe9\xff',
    'Cookie: a=b; sessionid=x',
    'TE: trailers',
  ],
  ...[
    'Accept: application/json',
    'Accept: text/html',
    'Forwarded: for=1.2.3.4',
    'X-Forwarded-Host: evil',
    'Range: bytes=0-0',
  ],
  ...['Upgrade: websocket', 'Connection: keep-alive', 'Trailer: X-T', 'If-None-Match: *', 'Origin: null'],
] as const

/** Fields and lines that must be refused, or understood in one way only. */
const doubtful = [
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: +1',
    'Content-Length: -1',
    'Content-Length: 1, 1',
    'Content-Length:',
  ],
  ...[
    'Content-Length: 0x1',
    'Content-Length: 1 1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 007',
    'Content-Length : 3',
  ],
  ...['Content-Length: \x0b1', 'Content-Length: 1\r\n 1', 'Content_Length: 3', 'Content-Length: 1\0'],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, identity',
  ],
  ...[
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
  ],
  ...[
    'Transfer-Encoding: chunked\x0b',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked;a=b',
    'Transfer-Encoding:',
  ],
  ...[
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: ,chunked',
    'Transfer-Encoding\t: chunked',
    '\x00Transfer-Encoding: chunked',
  ],
  ...[
    'Host: y',
    'Host:',
    'Host: a/b',
    'Host: x, y',
    'Expect: 100-continue',
    'Expect: 200-ok',
    'Expect:',
    'Connection: close',
    'Connection: upgrade',
  ],
  ...[
    'Connection: upgrade\r\nUpgrade: h2c',
    'Upgrade: h2c',
    'Connection: close, keep-alive',
    'Connection: transfer-encoding',
  ],
  ...[
    ' X: folded',
    '\tX: folded',
    'X: a\r\n b',
    'X : space',
    ': no name',
    'no colon',
    'X: \0',
    'X: a\rY: b',
    'X: a\nY: b',
    '\r',
    '\n',
    'X: \x7f',
  ],
] as const

const flood = (random: Random): string => {
  const field = pick(['a:', 'X-A: b', `X-A: ${'b'.repeat(200)}`, 'Cookie: a=b'], random)
  return Array(1 + below(1200, random))
    .fill(field)
    .join('\r\n')
}

const versions = [
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/1.1 ',
  'http/1.1',
  'HTTP/11',
  'HTTP/1',
  '',
] as const
const targets = [
  ...[
    'http://x/echo',
    'HTTP://x',
    'http://evil/',
    'https://x:1/?a#b',
    '*',
    '//x/echo',
    '/echo#a',
    '/%00',
    '/\xe9',
    '/\0',
    '',
    'echo',
  ],
  ...['/a b', '/..//echo', `/${'a'.repeat(20_000)}`, `/?${'a&'.repeat(2000)}`, '/%', '/echo?a=%C3', 'x:443', '?'],
] as const
const methods = ['GET', 'GET', 'POST', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'] as const
const oddMethods = ['CONNECT', 'TRACE', 'get', 'QUERY', 'PRI', 'G\0T', 'POST/', '', 'PROPFIND', 'M-SEARCH'] as const

/** In one, two or many chunks. */
function chunked(body: string, random: Random): string {
  const extension = (): string => (random() < 0.2 ? pick([';a', ';a=b', ';a="b;c"', ';a=b;c'], random) : '')
  let text = ''
  for (let at = 0, size = 0; at < body.length; at += size) {
    size = Math.min(body.length - at, 1 + below(body.length, random))
    const digits = size.toString(16)
    text += `${random() < 0.1 ? digits.toUpperCase().padStart(4, '0') : digits}${extension()}\r\n${body.slice(at, at + size)}\r\n`
  }
  return `${text}0${extension()}\r\n${random() < 0.2 ? 'X-T: 1\r\n' : ''}\r\n`
}

/** What chunks look like when somebody wants a reader to lose its place. */
const brokenChunks: readonly string[] = [
  ...[
    '1\na\n0\n\n',
    '0x1\r\na\r\n0\r\n\r\n',
    '1 \r\na\r\n0\r\n\r\n',
    ' 1\r\na\r\n0\r\n\r\n',
    '+1\r\na\r\n0\r\n\r\n',
    '-1\r\na\r\n0\r\n\r\n',
  ],
  ...[
    '1\r\naX0\r\n\r\n',
    '1\r\naXX0\r\n\r\n',
    '1\r\na0\r\n\r\n',
    '\r\n1\r\na\r\n0\r\n\r\n',
    'ffffffffffffffff\r\na',
    '10000000000000000\r\na',
  ],
  ...[
    '1;\r\na\r\n0\r\n\r\n',
    '1;a\nb\r\na\r\n0\r\n\r\n',
    '1;a="\r\na\r\n0\r\n\r\n',
    '1;\0\r\na\r\n0\r\n\r\n',
    '1;a\rb\r\na\r\n0\r\n\r\n',
  ],
  ...[
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    '0\r\nX : y\r\n\r\n',
    '0\r\n X: y\r\n\r\n',
    '0\r\nX\r\n\r\n',
  ],
  ...[
    '0\r\nHost: y\r\n\r\n',
    '0\r\n\n',
    '0\n\r\n',
    '0\r\n\r',
    '00\r\n\r\n',
    '0;a\r\n\r\n',
    '\r\n\r\n',
    `5;${'a'.repeat(20_000)}\r\n`,
  ],
]

const formBody = '--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n'

/** One that nobody can misread. */
function cleanRequest(random: Random): string {
  const method = pick(methods, random)
  const path = pick(paths, random)
  const type = pick(types, random)
  const body = type.startsWith('multipart') ? formBody : pick(bodies, random)
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', ...several(4, random, () => pick(harmless, random))]
  if (method === 'GET' || method === 'HEAD' || random() < 0.2) return `${lines.join('\r\n')}\r\n\r\n`
  lines.push(`Content-Type: ${type}`)
  if (path === '/echo' && random() < 0.2) lines.push('Expect: 100-continue')
  const isChunked = random() < 0.5
  lines.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`)
  return `${lines.join('\r\n')}\r\n\r\n${isChunked ? chunked(body, random) : body}`
}

const place = (random: Random, text: string): number => below(text.length + 1, random)

type Mistake = (request: string, random: Random) => string

const mistakes: readonly Mistake[] = [
  (request, random) => withLine(request, pick(doubtful, random), random),
  (request, random) => withLine(request, pick(doubtful, random), random),
  (request, random) => withLine(request, pick(doubtful, random), random),
  (request, random) => (random() < 0.3 ? withLine(request, flood(random), random) : mutateBytes(request, random)),
  (request, random) => mutateBytes(request, random),
  (request, random) => request.replace(/HTTP\/1\.1/, pick(versions, random)),
  (request, random) =>
    request.replace('HTTP/1.1\r\n', `HTTP/1.0\r\n${pick(['', 'Connection: keep-alive\r\n'], random)}`),
  (request, random) => request.replace(/^(\S+) \S+/, (_, method: string) => `${method} ${pick(targets, random)}`),
  (request, random) => request.replace(/^\S+/, pick(oddMethods, random)),
  (request, random) =>
    request.replace(/^(\S+) (\S+) /, pick(['$1  $2 ', '$1\t$2 ', ' $1 $2 ', '$1 $2\t', '$1 $2  '], random)),
  (request, random) => pick(['\r\n', '\n', '\r', '\0', ' ', '\r\n\r\n', '\xef\xbb\xbf'], random) + request,
  (request, random) =>
    request.replace(/\r\n/g, end => (random() < 0.2 ? pick(['\n', '\r', '\r\r\n', '\n\r'], random) : end)),
  (request, random) =>
    request.replace(/\r\nHost: x/, pick(['', '\r\nHost: x\r\nHost: x', '\r\nHost: x:80', '\r\nhOsT:x'], random)),
  (request, random) => request.slice(0, place(random, request)),
  (request, random) =>
    `${request.slice(0, request.indexOf('\r\n\r\n'))}\r\nTransfer-Encoding: chunked\r\n\r\n${pick(brokenChunks, random)}`,
  (_, random) =>
    `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${pick(brokenChunks, random)}${smuggled}`,
]

/** The request with one more line in its head. */
function withLine(request: string, line: string, random: Random): string {
  const ends = [...request.slice(0, request.indexOf('\r\n\r\n') + 2).matchAll(/\r\n/g)].map(({ index }) => index)
  const at = pick(ends, random)
  return at === undefined ? request : `${request.slice(0, at)}\r\n${line}${request.slice(at)}`
}

/** The last request of a connection. */
export const closing = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

export function anyStream(random: Random): Stream {
  const requests = [cleanRequest(random), ...several(3, random, () => cleanRequest(random))]
  if (random() < 0.2) return { bytes: requests.join('') + closing, isClean: true }
  const index = below(requests.length, random)
  for (let count = 1 + below(2, random); count > 0; count -= 1)
    requests[index] = pick(mistakes, random)(requests[index] as string, random)
  return { bytes: requests.join(''), isClean: false }
}
