/**
 * Whatever Python puts into a session: Nuages reads it, writes beside it, and leaves it as it was, to the byte.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { App } from '../../src/app/index.ts'
import type { Dialect } from '../../src/db/index.ts'
import { DataSigner } from '../../src/signing/index.ts'
import { withDatabases } from '../real-parts.ts'
import { openOracle } from './oracle.ts'
import { openApp, secretKey } from './site.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

/** How many sessions each database gets. */
const counts: Readonly<Record<Dialect, number>> = { sqlite: 2000, postgresql: 150, mysql: 150 }

/** How many of them Django itself puts into the database, and reads there; of the others it makes and reads the text: that takes a tenth. */
const wholeCount = 40

/** A text, spelled as JSON in one of the ways there are: raw, escaped, with half a surrogate pair. */
const characters = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map(text => JSON.stringify(text).slice(1, -1)),
  fc.string({ unit: 'binary', maxLength: 12 }).map(text => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom(
    '\\ud800',
    '\\uDC00\\uD83D',
    '\\ud83d\\ude00',
    '😀',
    'é',
    '\\u0000',
    '\\u007f',
    '\\/',
    '\\u2028',
    '\ufeff',
  ),
)
const string = fc.oneof(
  { weight: 20, arbitrary: fc.array(characters, { maxLength: 3 }).map(parts => `"${parts.join('')}"`) },
  {
    weight: 1,
    arbitrary: fc.tuple(characters, fc.integer({ min: 1, max: 900 })).map(([text, n]) => `"${text.repeat(n)}"`),
  },
)
const digits = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^-?[1-9][0-9]{0,${most}}$`))
const number = fc.oneof(
  fc.integer().map(String),
  digits(60),
  fc.double().map(value => (Number.isInteger(value) ? value.toFixed(1) : String(value))),
  fc.constantFrom('0', '-0', '0.0', '-0.0', '1.0', '1e400', '-1e400', 'NaN', 'Infinity', '-Infinity', '5e-324', '1E5'),
  fc.constantFrom('9007199254740993', '1e16', '1.0e-7', '123456789012345678901234567890', '0.1e1', '1.10'),
)
const literal = fc.constantFrom('null', 'true', 'false', '""', '[]', '{}')
const name = fc.oneof(
  { weight: 5, arbitrary: string },
  { weight: 2, arbitrary: fc.constantFrom('"__proto__"', '"constructor"', '"toString"', '""', '"10"', '"2"', '"-1"') },
)
const { value } = fc.letrec<{ value: string; list: string; object: string }>(tie => ({
  value: fc.oneof({ maxDepth: 5, depthSize: 'small' }, literal, number, string, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 5 }).map(items => `[${items.join(',')}]`),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map(toObject),
}))
const sessionData = fc.array(fc.tuple(name, value), { maxLength: 8 }).map(toObject)

function toObject(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([key, text]) => `${key}:${text}`).join(',')}}`
}

const added = 'nuages wrote this'

/** Reads all of a value, as a view would that shows it. */
function readDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const field of Object.values(value)) readDeep(field)
}

/** Puts a row in its place that Django has made the text of; resolves its key. */
async function storeMade(app: App, made: { session_key?: string; session_data?: string }): Promise<string> {
  if (made.session_key !== undefined) return made.session_key
  const key = app.sessions.newKey()
  const insert = app.database.prepare(
    'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)',
  )
  await insert.run([key, made.session_data as string, app.database.toColumnTime(Date.now() + 3_600_000)])
  return key
}

/** The text of `data` in an answer of the oracle, as Python writes it. */
function dataIn(answer: string): string {
  const start = answer.indexOf('"data": ') + '"data": '.length
  const end = answer.lastIndexOf('}, "expiry_age"')
  assert.ok(start > 8 || answer.startsWith('{"data": '), answer)
  return answer.slice(start, end < 0 ? -1 : end + 1)
}

withDatabases('session data from Python', (it, dialect) => {
  it(`passes through untouched, and is not written when it is only read (SEED=${seed})`, async ({ t, url }) => {
    const oracle = openOracle(t, { url, secretKey })
    if (oracle === null) return
    const { django: version } = await oracle.ask('info')
    const app = openApp(t, url, version)
    await app.migrate()
    const signer = new DataSigner({ key: secretKey, salt: 'django.contrib.sessions.SessionStore' })
    const row = app.database.prepare<{ session_data: string; expire_date: unknown }>(
      'SELECT session_data, expire_date FROM django_session WHERE session_key = ?',
    )
    const texts = fc.sample(sessionData, { numRuns: counts[dialect], seed })
    const made = await Promise.all(
      texts.map((text, index) =>
        oracle.askText(`{"cmd":"${index < wholeCount ? 'make' : 'encode'}-session","data":${text}}`),
      ),
    )
    const keys = await Promise.all(made.map(answer => storeMade(app, JSON.parse(answer))))
    const readByDjango = (): Promise<string[]> =>
      Promise.all(
        keys.map(async (key, index) => {
          if (index < wholeCount) return dataIn(await oracle.askText(JSON.stringify({ cmd: 'read-session', key })))
          const { session_data } = (await row.get([key])) ?? {}
          return dataIn(await oracle.askText(JSON.stringify({ cmd: 'decode-session', session_data })))
        }),
      )
    const before = await readByDjango()

    const wanted: string[] = []
    for (const [index, text] of texts.entries()) {
      const key = keys[index] as string
      const stored = await row.get([key])
      const reader = await app.sessions.open(key)
      for (const [, value] of reader) readDeep(value)
      await reader.save()
      assert.deepEqual(await row.get([key]), stored, text)

      const writer = await app.sessions.open(key)
      if (index % 2 === 0) await writer.update(added as string, () => index)
      else {
        for (const [, value] of writer) readDeep(value)
        writer.set(added as string, index)
      }
      await writer.save()
      const json = signer.loadsText(stored?.session_data ?? '')
      const separator = json === '{}' ? '' : ','
      const merged = `${json.slice(0, -1)}${separator}"${added}":${index}}`
      assert.equal(signer.loadsText((await row.get([key]))?.session_data ?? ''), merged, text)
      wanted.push(`${before[index]?.slice(0, -1)}${separator && ', '}"${added}": ${index}}`)
    }
    assert.deepEqual(await readByDjango(), wanted)
  })
})
