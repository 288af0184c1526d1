import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { defineSettings, type Settings } from '../settings/index.ts'
import { cookieKeys, DataSigner } from '../signing/index.ts'
import { messageJson, parseMessages, type StoredMessage } from './message.ts'
import { MessageCookies } from './message-cookie.ts'

interface Given {
  readonly level: number
  readonly message: string
  readonly extra_tags?: string | null
  readonly safe?: boolean
}

interface Case {
  readonly id: string
  readonly op: string
  readonly in: {
    readonly secret: string
    readonly now: number
    readonly messages: readonly Given[]
    readonly cookie: string | null
    readonly text: string | null
    readonly remove_oldest: boolean
  }
  readonly out: {
    readonly cookie: string
    readonly text: string
    readonly messages: readonly (Given | { readonly other: unknown })[] | null
    readonly unstored: readonly number[]
    readonly kept: readonly (number | string)[]
  }
  /** What another version answers. */
  readonly other?: Readonly<Record<string, Case['out']>>
}

const { cases } = JSON.parse(readFileSync(new URL('../../tests/vectors/messages.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[]
}

const of = (op: string): readonly Case[] => cases.filter(vector => vector.op === op)

const settingsOf = (secret: string, version: string): Settings =>
  defineSettings({ SECRET_KEY: secret, DJANGO_VERSION: version })

const stored = ({ level, message, extra_tags: extraTags = null, safe = false }: Given): StoredMessage => ({
  level,
  text: message,
  extraTags,
  isSafe: safe,
})

/** Of a list in a vector, what is a message; Django hands on the rest as well. */
const messagesOf = (items: Case['out']['messages']): readonly StoredMessage[] =>
  (items ?? []).filter((item): item is Given => 'level' in item).map(stored)

const versions = ['5.2.18', '3.2.25'] as const
const expected = (vector: Case, version: string): Case['out'] => vector.other?.[version] ?? vector.out

for (const version of versions) {
  describe(`messages of Django ${version}`, () => {
    for (const vector of of('messages_cookie_encode'))
      it(vector.id, () => {
        const { secret, now, messages } = vector.in
        const cookies = new MessageCookies(settingsOf(secret, version), () => now * 1000)
        const { cookie, rest } = cookies.fit(messages.map(stored))
        assert.deepEqual(rest, [])
        // Deflate has many spellings.
        const signer = new DataSigner({ ...cookieKeys({ key: secret }), salt: 'django.contrib.messages' })
        const theirs = expected(vector, version).cookie
        assert.equal(signer.loadsText(cookie as string), signer.loadsText(theirs))
        if (!theirs.startsWith('.')) assert.equal(cookie, theirs)
      })

    for (const vector of of('messages_session_encode'))
      it(vector.id, () => {
        const texts = vector.in.messages.map(message => messageJson(stored(message), version, ', '))
        assert.equal(`[${texts.join(', ')}]`, expected(vector, version).text)
      })

    for (const vector of of('messages_cookie_decode'))
      it(vector.id, () => {
        const { secret, cookie } = vector.in
        const { messages } = expected(vector, version)
        const read = cookie === null ? null : new MessageCookies(settingsOf(secret, version), Date.now).read(cookie)
        assert.deepEqual(read?.messages ?? [], messagesOf(messages))
        const isWhole = !messages?.some(item => 'other' in item && item.other === '__messagesnotfinished__')
        assert.equal(read?.isWhole ?? true, isWhole)
      })

    for (const vector of of('messages_session_decode'))
      it(vector.id, () => {
        const { text } = vector.in
        const read = text === null ? null : parseMessages(text)
        // Where Django fails on every page until the session ends, there are no messages here.
        assert.deepEqual(read?.messages ?? [], messagesOf(expected(vector, version).messages ?? null))
      })

    for (const vector of of('messages_cookie_store'))
      it(vector.id, () => {
        const { secret, now, remove_oldest: keepNewest } = vector.in
        const texts = vector.in.messages as unknown as readonly { readonly text: string; readonly repeat: number }[]
        const messages = texts.map(({ text, repeat }) => stored({ level: 20, message: text.repeat(repeat) }))
        const cookies = new MessageCookies(settingsOf(secret, version), () => now * 1000)
        const { cookie, rest } = cookies.fit(messages, { keepNewest })
        const { kept, unstored } = expected(vector, version)
        const numbers = (list: readonly StoredMessage[]): readonly number[] =>
          list.map(({ text }) => messages.findIndex(message => message.text === text))
        assert.deepEqual(numbers(rest), unstored)
        const read = cookies.read(cookie as string)
        assert.deepEqual(
          numbers(read?.messages ?? []),
          kept.filter(item => typeof item === 'number'),
        )
        assert.equal(read?.isWhole, unstored.length === 0)
        assert.ok((cookie as string).length <= 2048)
      })
  })
}
