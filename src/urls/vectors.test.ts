import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { createResolver, path, type View } from './index.ts'

interface Vectors<In, Out> {
  readonly cases: readonly { readonly id: string; readonly in: In; readonly out: Out }[]
}

function readVectors<In, Out>(kind: string): Vectors<In, Out>['cases'] {
  const file = new URL(`../../tests/vectors/${kind}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as Vectors<In, Out>).cases
}

const view: View<object> = () => 'ok'

describe('Django vectors: url_converters', () => {
  const unsafeInteger = 'an int beyond Number.MAX_SAFE_INTEGER does not match: rounded, it would be another id'
  const differs: Readonly<Record<string, string>> = {
    'url_converters-url-match-013': unsafeInteger,
    'url_converters-url-match-014': unsafeInteger,
    'url_converters-url-match-015': unsafeInteger,
  }
  type Out = { match: boolean; kwargs?: Record<string, { value: string }> } | { error: string }
  for (const { id, in: input, out } of readVectors<{ route: string; path: string }, Out>('url_converters')) {
    it(`${id} ${input.route}`, () => {
      if ('error' in out) {
        assert.throws(() => createResolver([path(input.route, view)]), ConfigError)
        return
      }
      const match = createResolver([path(input.route, view)]).resolve(`/${input.path}`)
      if (id in differs) {
        assert.equal(match, null)
        return
      }
      const given =
        match && Object.fromEntries(Object.entries(match.params).map(([name, value]) => [name, String(value)]))
      const wanted = out.match
        ? Object.fromEntries(Object.entries(out.kwargs ?? {}).map(([name, { value }]) => [name, value]))
        : null
      assert.deepEqual(given, wanted)
    })
  }
})

describe('Django vectors: append_slash', () => {
  const get = 'only GET and HEAD are redirected: a body would be lost on the way; others get a 404 that explains'
  const www = 'PREPEND_WWW does not belong to this room'
  const differs: Readonly<Record<string, string>> = {
    'append_slash-append-slash-055': get,
    'append_slash-append-slash-056': get,
    'append_slash-append-slash-057': get,
    'append_slash-append-slash-058': get,
    'append_slash-append-slash-059': get,
    'append_slash-append-slash-061': www,
    'append_slash-append-slash-064': www,
    'append_slash-append-slash-065': www,
    'append_slash-append-slash-067': www,
    'append_slash-append-slash-068': www,
    'append_slash-append-slash-069': www,
  }
  interface In {
    readonly method: string
    readonly path_b64: string
    readonly query?: string
    readonly routes: readonly { readonly route: string; readonly no_append_slash?: boolean }[]
    readonly settings?: { readonly APPEND_SLASH?: boolean }
  }
  interface Out {
    readonly status: number
    readonly location: string | null
  }
  const noSlash: View<object> = Object.assign(() => 'ok', { appendSlash: false })

  /** What an application does, in short. */
  function answer(input: In): Out {
    // A route may not begin with a slash here; no case is about that one.
    const lines = input.routes.filter(({ route }) => !route.startsWith('/'))
    const resolver = createResolver(lines.map(line => path(line.route, line.no_append_slash ? noSlash : view)))
    const requested = decode(Buffer.from(input.path_b64, 'base64'))
    if (resolver.resolve(requested) !== null) return { status: 200, location: null }
    const location = resolver.slashRedirect(requested, input.query)
    const redirects = input.settings?.APPEND_SLASH !== false && ['GET', 'HEAD'].includes(input.method)
    return redirects && location !== null ? { status: 301, location } : { status: 404, location: null }
  }

  for (const { id, in: input, out } of readVectors<In, Out>('append_slash')) {
    it(id, () => {
      const given = answer(input)
      if (differs[id] === get) assert.deepEqual(given, { status: 404, location: null })
      else if (differs[id] !== www) assert.deepEqual(given, out)
    })
  }
})

/** A path as the http room decodes it: bytes that are not UTF-8 stay percent-encoded. */
function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u00ff]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
