import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseCookies } from '../http/index.ts'
import { type CsrfQuestion, checkCsrf, parseTrustedOrigins } from './origin.ts'
import { maskCsrfSecret, toCsrfSecret, unmaskCsrfToken } from './token.ts'

interface Request {
  readonly method: string
  readonly secure: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly content_type: string
  readonly session_json?: string
  readonly settings: {
    readonly CSRF_COOKIE_NAME?: string
    readonly CSRF_HEADER_NAME?: string
    readonly CSRF_TRUSTED_ORIGINS?: readonly string[]
    readonly CSRF_USE_SESSIONS?: boolean
  }
}

type Case = { readonly id: string } & (
  | { op: 'csrf_mask'; in: { secret: string; mask: string }; out: { token: string } }
  | { op: 'csrf_unmask'; in: { token: string }; out: { secret: string } }
  | { op: 'csrf_check'; in: Request; out: { accepted: boolean; reason: string | null } }
)

/** What Django reads from the request, read as Django does. */
function questionOf({ method, secure, headers, body, content_type: type, settings, ...rest }: Request): CsrfQuestion {
  const header = (name: string): string | null => {
    const found = Object.keys(headers).find(key => key.toLowerCase() === name.toLowerCase())
    return found === undefined ? null : (headers[found] as string)
  }
  const session: Record<string, string> = JSON.parse(rest.session_json ?? '{}')
  const stored = settings.CSRF_USE_SESSIONS
    ? session._csrftoken
    : parseCookies(header('Cookie') ?? '').get(settings.CSRF_COOKIE_NAME ?? 'csrftoken')
  const isForm = method === 'POST' && type === 'application/x-www-form-urlencoded'
  const field = isForm ? new URLSearchParams(body).getAll('csrfmiddlewaretoken').at(-1) : undefined
  const headerName = (settings.CSRF_HEADER_NAME ?? 'HTTP_X_CSRFTOKEN').slice('HTTP_'.length).replaceAll('_', '-')
  return {
    method: method.toUpperCase(),
    secFetchSite: header('Sec-Fetch-Site'),
    origin: header('Origin'),
    hasCookies: header('Cookie') !== null || rest.session_json !== undefined,
    host: header('Host') as string,
    scheme: secure ? 'https' : 'http',
    trustedOrigins: parseTrustedOrigins(settings.CSRF_TRUSTED_ORIGINS ?? []),
    secret: () => (stored === undefined ? null : toCsrfSecret(stored)),
    token: () => field || header(headerName),
  }
}

/** Where we accept on purpose what Django refuses. */
const differences = [
  {
    why: 'no cookie, no Origin: there is nothing to forge',
    applies: ({ headers }: Request, reason: string | null) =>
      reason === 'CSRF cookie not set.' && !headers.Cookie && !headers.Origin,
  },
  {
    why: 'Referer is not consulted: the token is right, and only a browser from before 2020 sends no Origin',
    applies: ({ headers }: Request, reason: string | null) =>
      reason?.startsWith('Referer checking failed') === true && !headers.Origin,
  },
]

const file = new URL('../../tests/vectors/csrf.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }

describe('csrf of Django', () => {
  for (const one of cases) {
    const difference =
      one.op === 'csrf_check' ? differences.find(({ applies }) => applies(one.in, one.out.reason)) : null
    it(difference ? `differs from ${one.id}: ${difference.why}` : `agrees with ${one.id}`, async () => {
      if (one.op === 'csrf_mask') assert.equal(maskCsrfSecret(one.in.secret, one.in.mask), one.out.token)
      else if (one.op === 'csrf_unmask') assert.equal(unmaskCsrfToken(one.in.token), one.out.secret)
      else assert.equal((await checkCsrf(questionOf(one.in))).ok, difference ? !one.out.accepted : one.out.accepted)
    })
  }
})
