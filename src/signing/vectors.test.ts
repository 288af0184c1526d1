import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ConfigError, parseJson, serializeJson } from '../kit/index.ts'
import {
  BadSignature,
  base62Decode,
  base62Encode,
  DataSigner,
  SignatureExpired,
  type SignedCookie,
  Signer,
  type SignerOptions,
  saltedHmac,
  signCookieValue,
  TimestampSigner,
  type TimestampSignerOptions,
  unsignCookieValue,
} from './index.ts'

interface Inputs {
  readonly secret: string
  readonly fallbacks?: string[]
  readonly salt: string | null
  readonly sep: string | null
  readonly algorithm: string | null
  readonly now: number
  readonly max_age: number | null
  readonly settings?: { SIGNED_COOKIE_LEGACY_SALT_FALLBACK?: boolean }
  readonly compress: boolean
  readonly [text: string]: unknown
}

interface Outputs {
  readonly error?: string
  readonly [text: string]: unknown
}

interface Case {
  readonly id: string
  readonly op: string
  readonly in: Inputs
  readonly out: Outputs
  readonly other?: { readonly '3.2.25'?: Outputs }
}

/**
 * What Python's exceptions are here. Django lets those of its libraries through when something signed cannot be read,
 * a 500; that is a bad signature here, a 400. A wrong separator is a mistake of the application.
 */
const errors: Record<string, new (...args: never[]) => Error> = {
  BadSignature,
  SignatureExpired,
  ValueError: BadSignature,
  JSONDecodeError: BadSignature,
  error: BadSignature,
  Error: BadSignature,
}

/** deflate implementations differ: these decode to the right data but are not compared byte by byte. */
const isCompressed = (signed: unknown): boolean => String(signed).startsWith('.')

function keysOf(input: Inputs): Pick<SignerOptions, 'key' | 'fallbackKeys'> {
  return { key: input.secret, fallbackKeys: input.fallbacks ?? [] }
}

function optionsOf(input: Inputs): TimestampSignerOptions {
  return {
    ...keysOf(input),
    clock: () => input.now * 1000,
    ...(input.salt !== null && { salt: input.salt }),
    ...(typeof input.sep === 'string' && { sep: input.sep }),
    ...(typeof input.algorithm === 'string' && { algorithm: input.algorithm }),
  }
}

function ageOf(input: Inputs): { maxAge?: number } {
  return typeof input.max_age === 'number' ? { maxAge: input.max_age } : {}
}

const text = (value: unknown): string => String(value)

function cookieOf(input: Inputs): Omit<SignedCookie, 'value'> {
  return { name: text(input.name), salt: text(input.salt), keys: keysOf(input), clock: () => input.now * 1000 }
}

function checkError(read: () => unknown, error: string): void {
  const expected = errors[error] ?? assert.fail(error)
  assert.throws(read, thrown => thrown instanceof Error && thrown.constructor === expected)
}

const checks: Record<string, (input: Inputs, out: Outputs) => void> = {
  salted_hmac(input, out) {
    const { salt, value, secret, algorithm } = input
    assert.equal(saltedHmac(text(salt), text(value), secret, text(algorithm)).toString('hex'), out.hex)
  },
  b62_encode(input, out) {
    const number = BigInt(text(input.number))
    assert.equal(base62Encode(number), out.text)
    if (Number.isSafeInteger(Number(number))) assert.equal(base62Encode(Number(number)), out.text)
  },
  b62_decode(input, out) {
    const number = base62Decode(text(input.text))
    assert.equal(number === null ? 'ValueError' : String(number), out.error ?? out.number)
  },
  sign(input, out) {
    const sign = () => new Signer(optionsOf(input)).sign(text(input.value))
    if (out.error) assert.throws(sign, ConfigError)
    else assert.equal(sign(), out.signed)
  },
  unsign(input, out) {
    const unsign = () => new Signer(optionsOf(input)).unsign(text(input.signed))
    if (out.error) checkError(unsign, out.error)
    else assert.equal(unsign(), out.value)
  },
  timestamp_sign(input, out) {
    assert.equal(new TimestampSigner(optionsOf(input)).sign(text(input.value)), out.signed)
  },
  timestamp_unsign(input, out) {
    const unsign = () => new TimestampSigner(optionsOf(input)).unsign(text(input.signed), ageOf(input))
    if (out.error) checkError(unsign, out.error)
    else assert.equal(unsign(), out.value)
  },
  dumps(input, out) {
    const signer = new DataSigner(optionsOf(input))
    const data = text(input.data_json)
    const signed = signer.dumps(parseJson(data), { compress: input.compress })
    if (!isCompressed(out.signed)) assert.equal(signed, out.signed)
    for (const one of [signed, text(out.signed)]) {
      assert.equal(isCompressed(one), out.compressed)
      assert.deepEqual(signer.loads(one), parseJson(data))
    }
  },
  loads(input, out) {
    const loads = () => new DataSigner(optionsOf(input)).loads(text(input.signed), ageOf(input))
    if (out.error) checkError(loads, out.error)
    else assert.equal(serializeJson(loads()), out.data_json)
  },
  sign_object(input, out) {
    const signer = new Signer(optionsOf(input))
    const data = parseJson(text(input.data_json))
    const signed = signer.signObject(data, { compress: input.compress })
    if (!isCompressed(out.signed)) assert.equal(signed, out.signed)
    assert.equal(isCompressed(signed), isCompressed(out.signed))
    assert.deepEqual(signer.unsignObject(text(out.signed)), data)
    assert.deepEqual(signer.unsignObject(signed), data)
  },
  signed_cookie_set(input, out) {
    assert.equal(signCookieValue({ ...cookieOf(input), value: text(input.value), djangoVersion: '5.2' }), out.value)
  },
  signed_cookie_get(input, out) {
    const fallback = input.settings?.SIGNED_COOKIE_LEGACY_SALT_FALLBACK
    const legacy = fallback === undefined ? {} : { legacySaltFallback: fallback }
    const cookie = { ...cookieOf(input), ...ageOf(input), ...legacy, value: text(input.signed), djangoVersion: '5.2' }
    if (out.error) checkError(() => unsignCookieValue(cookie), out.error)
    else assert.equal(unsignCookieValue(cookie), out.value)
  },
}

/** The cookies of 3.2, where it answers the same as every Django before 5.2.15: it has no fallback keys, those had. */
const legacyChecks: Record<string, (input: Inputs, out: Outputs) => void> = {
  signed_cookie_set(input, out) {
    assert.equal(signCookieValue({ ...cookieOf(input), value: text(input.value), djangoVersion: '3.2' }), out.value)
  },
  signed_cookie_get(input, out) {
    const keys = { key: input.secret }
    const cookie = { ...cookieOf(input), ...ageOf(input), keys, value: text(input.signed), djangoVersion: '5.2.14' }
    if (out.error) checkError(() => unsignCookieValue(cookie), out.error)
    else assert.equal(unsignCookieValue(cookie), out.value)
  },
}

for (const kind of ['signing', 'signed_cookies']) {
  const file = new URL(`../../tests/vectors/${kind}.json`, import.meta.url)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
  describe(`${kind} of Django`, () => {
    for (const { id, op, in: input, out, other } of cases) {
      it(`agrees with ${id}`, () => {
        const check = checks[op] ?? assert.fail(op)
        check(input, out)
        legacyChecks[op]?.(input, other?.['3.2.25'] ?? out)
      })
    }
  })
}
