/**
 * What is measured: the same requests to every server, and the same answers from each.
 */

/** One kind of request, sent over and over. */
export interface Scenario {
  readonly name: string
  /** Least share of the floor's requests a second that we hold ourselves to. */
  readonly target: number
  /** The request of the visitor with this session key. */
  readonly request: (sessionKey: string) => string
  /** True when an answer's body is right: a server that answers nonsense fast is not measured. */
  readonly isRight: (body: string) => boolean
}

/** Visitors that take turns. */
export const visitors = 50

const head = 'Host: 127.0.0.1\r\n'
const cartBody = JSON.stringify({ sku: 'MUG-FOG', quantity: 1 })

export const scenarios: readonly Scenario[] = [
  {
    name: 'JSON ping',
    target: 0.9,
    request: () => `GET /ping HTTP/1.1\r\n${head}\r\n`,
    isRight: body => body.includes('"pong"'),
  },
  {
    name: 'session and user read',
    target: 0.7,
    request: key => `GET /me HTTP/1.1\r\n${head}Cookie: sessionid=${key}\r\n\r\n`,
    isRight: body => body.includes('"username":"ada"') && body.includes('"visits":7'),
  },
  {
    name: 'cart write',
    target: 0.65,
    request: key =>
      `POST /cart HTTP/1.1\r\n${head}Cookie: sessionid=${key}\r\nOrigin: http://127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${cartBody.length}\r\n\r\n${cartBody}`,
    isRight: body => /"MUG-FOG":[1-9]/.test(body),
  },
]

/** The key of visitor `index`. */
export function visitorKey(index: number): string {
  return `visitor${String(index).padStart(25, '0')}`
}
