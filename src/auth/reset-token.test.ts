import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseJson } from '../kit/index.ts'
import { createResetTokens, decodeUid, encodeUid, type ResetTokens, type TokenSubject } from './reset-token.ts'

interface Case {
  readonly id: string
  readonly op: string
  readonly in: {
    readonly secret: string
    readonly fallbacks?: readonly string[]
    readonly now: string
    readonly token: string
    readonly text?: string
    readonly bytes_b64: string
    readonly settings?: { readonly PASSWORD_RESET_TIMEOUT?: number }
    readonly user: {
      readonly pk: number
      readonly password: string
      readonly last_login: string | null
      readonly email: string
    }
  }
  readonly out: { readonly token: string; readonly uid: string; readonly valid: boolean; readonly text: string }
}

const file = new URL('../../tests/vectors/reset_tokens.json', import.meta.url)
const { cases } = parseJson(readFileSync(file, 'utf8')) as unknown as { cases: Case[] }
const ofOp = (op: string): Case[] => cases.filter(each => each.op === op)

const epoch = Date.UTC(2001, 0, 1)
const subjectOf = ({ pk, password, last_login: last, email }: Case['in']['user']): TokenSubject => ({
  id: pk,
  passwordHash: password,
  lastLogin: last === null ? null : last.slice(0, 19).replace('T', ' '),
  email,
})

function tokensOf({ secret, fallbacks = [], now, settings }: Case['in']): ResetTokens {
  const seconds = Math.floor((Date.parse(`${now}Z`) - epoch) / 1000)
  const timeoutSeconds = settings?.PASSWORD_RESET_TIMEOUT ?? 259_200
  return createResetTokens({ key: secret, fallbackKeys: fallbacks, timeoutSeconds, now: () => seconds })
}

describe('a reset token', () => {
  it('is Django’s', () => {
    for (const { id, in: given, out } of ofOp('reset_make')) {
      assert.equal(tokensOf(given).make(subjectOf(given.user)), out.token, id)
      assert.equal(encodeUid(given.user.pk), out.uid, id)
      assert.equal(decodeUid(out.uid), String(given.user.pk), id)
    }
  })

  it('is good where it is for Django', () => {
    for (const { id, in: given, out } of ofOp('reset_check'))
      assert.equal(tokensOf(given).check(given.token, subjectOf(given.user)), out.valid, id)
  })

  it('is good in one spelling only, and refuses whatever else comes', () => {
    const { in: given, out } = ofOp('reset_make')[0] as Case
    const tokens = tokensOf(given)
    const subject = subjectOf(given.user)
    assert.equal(tokens.check(out.token, subject), true)
    const others = [
      ` ${out.token}`,
      `${out.token}\n`,
      `0${out.token}`,
      out.token.toUpperCase(),
      '',
      '-',
      'a-b',
      '\u0000',
    ]
    for (const other of [...others, 'z'.repeat(14) + out.token.slice(6), 'x'.repeat(100_000)])
      assert.equal(tokens.check(other, subject), false, other.slice(0, 50))
  })

  it('dies with use: with a new password, a login, another address', () => {
    const { in: given, out } = ofOp('reset_make')[0] as Case
    const subject = subjectOf(given.user)
    for (const change of [
      { passwordHash: 'md5$a$b' },
      { lastLogin: '2026-01-02 00:00:00' },
      { email: 'b@example.com' },
    ])
      assert.equal(tokensOf(given).check(out.token, { ...subject, ...change }), false)
  })

  it('of one purpose is none of another', () => {
    const { in: given, out } = ofOp('reset_make')[0] as Case
    const seconds = Math.floor((Date.parse(`${given.now}Z`) - epoch) / 1000)
    const others = createResetTokens({ key: given.secret, timeoutSeconds: 60, now: () => seconds, salt: 'e-mail' })
    assert.equal(others.check(out.token, subjectOf(given.user)), false)
  })
})

describe('a uid', () => {
  it('is the id in base 64; what is none gives none', () => {
    assert.equal(decodeUid('MQ'), '1')
    for (const bad of ['', 'A', 'MQ MQ', 'MQ\n', 'é', '_-_-', 'a'.repeat(65)]) assert.equal(decodeUid(bad), null, bad)
  })
})
