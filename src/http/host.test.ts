import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { DisallowedHost } from './errors.ts'
import { createHostChecker, type HostSettings, type HostSource, isHostAllowed, splitDomainPort } from './host.ts'

interface Vector {
  readonly id: string
  readonly op: 'host_split' | 'host_allowed' | 'host_get'
  readonly in: {
    readonly host?: string
    readonly patterns?: string[]
    readonly headers?: Record<string, string>
    readonly settings?: Partial<HostSettings>
    readonly server_name?: string
    readonly server_port?: string
    readonly secure?: boolean
  }
  readonly out: Record<string, unknown>
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/hosts.json', import.meta.url), 'utf8'),
).cases

const defaults: HostSettings = {
  ALLOWED_HOSTS: [],
  DEBUG: false,
  USE_X_FORWARDED_HOST: false,
  USE_X_FORWARDED_PORT: false,
  SECURE_PROXY_SSL_HEADER: null,
}

function headersOf(fields: Record<string, string> = {}): HostSource['headers'] {
  const byName = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
  return { get: name => byName.get(name.toLowerCase()) ?? null }
}

/** A `Host` header and nothing else. */
function hostSource(host: string | null, fields: Record<string, string> = {}): HostSource {
  return { host, headers: headersOf(fields), scheme: 'http' }
}

/** What Django's request says of itself. */
function describeRequest(input: Vector['in']): Record<string, unknown> {
  const source: HostSource = {
    host: input.headers?.Host ?? null,
    headers: headersOf(input.headers),
    scheme: input.secure ? 'https' : 'http',
    serverName: input.server_name ?? 'testserver',
    serverPort: Number(input.server_port ?? '80'),
  }
  const checker = createHostChecker({ ...defaults, ...input.settings })
  try {
    const { host } = checker.check(source)
    const scheme = checker.scheme(source.headers, source.scheme)
    return { host, port: checker.port(source), uri: `${scheme}://${host}/x/`, secure: scheme === 'https' }
  } catch (error) {
    assert.ok(error instanceof DisallowedHost)
    return { error: 'DisallowedHost', advice: error.message.includes('ALLOWED_HOSTS') }
  }
}

/** Of Django's message only whether it advises to add the host: ours has other words. */
function expected(out: Record<string, unknown>): Record<string, unknown> {
  return out.error === undefined ? out : { error: out.error, advice: String(out.message).includes('ALLOWED_HOSTS') }
}

describe('Hosts and Django', () => {
  for (const vector of vectors)
    it(`agree on ${vector.id}`, () => {
      const { host = '', patterns = [] } = vector.in
      if (vector.op === 'host_split') assert.deepEqual(splitDomainPort(host), vector.out)
      else if (vector.op === 'host_allowed') assert.deepEqual({ allowed: isHostAllowed(host, patterns) }, vector.out)
      else assert.deepEqual(describeRequest(vector.in), expected(vector.out))
    })
})

describe('createHostChecker', () => {
  it('gives the same answer when asked again, and remembers no refusal', () => {
    const checker = createHostChecker({ ...defaults, ALLOWED_HOSTS: ['.example.com'] })
    assert.equal(checker.check(hostSource('A.example.com:8000')), checker.check(hostSource('A.example.com:8000')))
    assert.deepEqual(checker.check(hostSource('A.example.com:8000')), {
      host: 'A.example.com:8000',
      domain: 'a.example.com',
      port: '8000',
    })
    for (const _ of [1, 2]) assert.throws(() => checker.check(hostSource('evil.com')), DisallowedHost)
  })

  it('takes no proxy at its word unless told to', () => {
    const lies = { 'X-Forwarded-Host': 'evil.com', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '1' }
    const checker = createHostChecker({ ...defaults, ALLOWED_HOSTS: ['*'] })
    const source = { ...hostSource('example.com', lies), serverPort: 80 }
    assert.equal(checker.check(source).host, 'example.com')
    assert.equal(checker.scheme(source.headers, 'http'), 'http')
    assert.equal(checker.port(source), '80')
  })

  it('takes the proxy at its word when told to', () => {
    const checker = createHostChecker({
      ...defaults,
      ALLOWED_HOSTS: ['example.com'],
      USE_X_FORWARDED_HOST: true,
      USE_X_FORWARDED_PORT: true,
      SECURE_PROXY_SSL_HEADER: ['X-Forwarded-Proto', 'https'],
    })
    const source = hostSource('inner', {
      'X-Forwarded-Host': 'example.com',
      'X-Forwarded-Port': '443',
      'X-Forwarded-Proto': 'https',
    })
    assert.equal(checker.check(source).host, 'example.com')
    assert.equal(checker.port(source), '443')
    assert.equal(checker.scheme(source.headers, 'http'), 'https')
    assert.equal(checker.scheme(headersOf({ 'X-Forwarded-Proto': 'http' }), 'https'), 'http')
    assert.equal(checker.scheme(headersOf(), 'https'), 'https')
  })

  it('refuses a request without any host', () => {
    const checker = createHostChecker({ ...defaults, ALLOWED_HOSTS: ['*'] })
    assert.throws(() => checker.check(hostSource(null)), {
      code: 'http/disallowed-host',
      status: 400,
      suspicious: true,
    })
  })

  it('answers for this machine, and no other, under DEBUG with no ALLOWED_HOSTS', () => {
    const checker = createHostChecker({ ...defaults, DEBUG: true })
    for (const host of ['localhost', 'shop.localhost:8000', '127.0.0.1:8000', '[::1]'])
      assert.ok(checker.check(hostSource(host)))
    for (const host of ['example.com', 'localhost.evil.com', '127.0.0.1.evil.com', '0.0.0.0'])
      assert.throws(() => checker.check(hostSource(host)), DisallowedHost)
  })

  it('quotes a hostile host harmlessly and in part only', () => {
    const checker = createHostChecker(defaults)
    const hostile = `<script>alert('1')</script>\r\n${'a'.repeat(10_000)}`
    assert.throws(
      () => checker.check(hostSource(hostile)),
      (error: unknown) => {
        assert.ok(error instanceof DisallowedHost)
        assert.doesNotMatch(error.message, /[<>&"\r\n]/)
        assert.ok(error.message.length < 400)
        assert.equal(error.host, hostile)
        return true
      },
    )
  })
})
