/** Signed values: what was changed by one bit is not genuine, what is genuine comes back whole, and hostile content breaks nothing. */
import assert from 'node:assert/strict'
import { deflateSync } from 'node:zlib'
import {
  BadSignature,
  base62Decode,
  base62Encode,
  DataSigner,
  SignatureExpired,
  Signer,
  signCookieValue,
  TimestampSigner,
  unsignCookieValue,
} from '../../src/signing/index.ts'
import { anyText, below, mutate, mutateBytes, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

const now = 1_700_000_000
const clock = (): number => now * 1000
const keys = { key: 'the key of the fuzz test', fallbackKeys: ['an older one'] }
const foreign = { key: 'the key of somebody else' }
const signer = new Signer(keys)
const timed = new TimestampSigner({ ...keys, clock })
const data = new DataSigner({ ...keys, clock, maxInflatedBytes: 10_000 })
/** Signs what `data` will read, with nothing between. */
const raw = new TimestampSigner({ ...keys, salt: 'django.core.signing', clock })

const cookie = { name: 'a', salt: 'b', keys, clock, djangoVersion: null }

const ways: Readonly<Record<string, { sign(value: string): string; unsign(signed: string): unknown }>> = {
  signer: { sign: value => signer.sign(value), unsign: signed => signer.unsign(signed) },
  timed: { sign: value => timed.sign(value), unsign: signed => timed.unsign(signed) },
  data: { sign: value => data.dumps(value, { compress: value.length > 10 }), unsign: signed => data.loads(signed) },
  cookie: {
    sign: value => signCookieValue({ ...cookie, value }),
    unsign: signed => unsignCookieValue({ ...cookie, value: signed }),
  },
}

/** The refusal; anything else is a broken promise. */
function refusal(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof BadSignature || error instanceof SignatureExpired) return error.name
    throw error
  }
}

function checkChanged(random: Random): string {
  const [name, way] = pick(Object.entries(ways), random)
  const value = anyText(6, random).toWellFormed()
  const signed = way.sign(value)
  assert.equal(way.unsign(signed), value, name)
  const changed =
    random() < 0.2 ? spliced(signed, way.sign(anyText(2, random).toWellFormed()), random) : mutate(signed, random)
  if (changed === signed) return 'unchanged'
  const others = Object.entries(ways).filter(([other]) => other !== name)
  for (const [other, way] of others)
    assert.ok(
      refusal(() => way.unsign(signed)),
      `${other} took what ${name} signed`,
    )
  assert.ok(
    refusal(() => way.unsign(changed)),
    `${name} took ${JSON.stringify(changed)} for ${JSON.stringify(signed)}`,
  )
  return 'refused'
}

/** One's value with the other's signature; the same text when they are the same. */
function spliced(one: string, other: string, random: Random): string {
  const cut = (text: string): number => text.split(':', below(3, random)).join(':').length
  const result = one.slice(0, cut(one)) + other.slice(cut(other))
  return result === other ? one : result
}

function checkKeys(random: Random): string {
  const value = anyText(6, random).toWellFormed()
  assert.equal(signer.unsign(new Signer({ key: keys.fallbackKeys[0] as string }).sign(value)), value)
  assert.ok(refusal(() => signer.unsign(new Signer(foreign).sign(value))))
  assert.ok(
    refusal(() => signer.unsign(new Signer({ ...keys, salt: `x${anyText(2, random).toWellFormed()}` }).sign(value))),
  )
  const [name, salt] = [anyText(2, random), anyText(2, random)].map(text => text.toWellFormed()) as [string, string]
  const signed = signCookieValue({ ...cookie, name, salt, value })
  const isOwn = name === cookie.name && salt === cookie.salt
  assert.equal(refusal(() => unsignCookieValue({ ...cookie, value: signed })) === null, isOwn, `${name} ${salt}`)
  return 'keys'
}

function checkAge(random: Random): string {
  const age = below(1000, random) - 100
  const maxAge = pick([0, 10, 500, Number.NaN, -1], random)
  const signed = new TimestampSigner({ ...keys, clock: () => (now - age) * 1000 }).sign('x')
  assert.equal(
    refusal(() => timed.unsign(signed, { maxAge })) === null,
    age <= maxAge,
    `${age} seconds, at most ${maxAge}`,
  )
  return 'age'
}

/** What was signed with our key may be anything: another program has the key, or signed what a visitor wrote. */
function checkContent(random: Random): string {
  const whole = JSON.stringify(several(4, random, () => anyText(3, random)))
  const json = random() < 0.6 ? whole : mutate(whole, random)
  const packed = Buffer.from(json).toString('base64url')
  const deflated = deflateSync(json + (random() < 0.1 ? ' '.repeat(20_000) : '')).toString('latin1')
  const zipped = Buffer.from(random() < 0.5 ? deflated : mutateBytes(deflated, random), 'latin1').toString('base64url')
  const payload = pick([packed, mutate(packed, random), `.${zipped}`, mutate(`.${zipped}`, random), json], random)
  const signed = raw.sign(payload.toWellFormed())
  return refusal(() => data.loads(signed)) === null ? 'content taken' : 'content refused'
}

function checkBase62(random: Random): string {
  const value = BigInt(Math.floor(random() * 2 ** 53)) ** BigInt(below(4, random)) * pick([1n, -1n], random)
  assert.equal(BigInt(base62Decode(base62Encode(value)) ?? 0), value)
  const text = random() < 0.5 ? anyText(3, random) : mutate(base62Encode(value), random)
  const read = base62Decode(text)
  assert.equal(read !== null, /^-?[0-9A-Za-z]{1,1000}$/.test(text), JSON.stringify(text))
  if (read !== null) assert.equal(base62Encode(read), text.replace(/^(-?)0+(?=.)/, '$1').replace(/^-0$/, '0'))
  return 'base62'
}

const checks = [checkChanged, checkChanged, checkChanged, checkKeys, checkAge, checkContent, checkContent, checkBase62]

export function openSigned(): Target {
  return { name: 'signed', check: random => pick(checks, random)(random) }
}
