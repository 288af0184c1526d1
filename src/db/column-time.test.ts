import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from '../kit/index.ts'
import { createColumnTime } from './column-time.ts'
import { dialects } from './url.ts'

test('SQLite and MySQL hold UTC as Django writes it: a space, six digits or no fraction, no zone', () => {
  for (const dialect of ['sqlite', 'mysql'] as const) {
    const { toColumnTime } = createColumnTime(dialect)
    assert.equal(toColumnTime(1_767_225_600_000), '2026-01-01 00:00:00')
    assert.equal(toColumnTime(1_767_225_600_120), '2026-01-01 00:00:00.120000')
    assert.equal(toColumnTime(1_767_225_600_120.9), '2026-01-01 00:00:00.120000')
    assert.equal(toColumnTime(Date.parse('0099-12-31T00:00:00Z')), '0099-12-31 00:00:00')
  }
  assert.equal(createColumnTime('postgresql').toColumnTime(1_767_225_600_120), '2026-01-01 00:00:00.120000+00')
})

test('texts of times sort as the times do', () => {
  const { toColumnTime } = createColumnTime('sqlite')
  const ms = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(ms, ms, (a, b) => {
      assert.equal(toColumnTime(a) < toColumnTime(b), a < b)
    }),
  )
})

test('a time comes back from its column, in every database and zone', () => {
  const zones = ['UTC', 'Europe/Paris', 'America/Chicago', 'Asia/Kathmandu', 'Pacific/Apia']
  const anyZone = fc.constantFrom(...zones)
  fc.assert(
    fc.property(
      fc.constantFrom(...dialects),
      anyZone,
      fc.boolean(),
      fc.integer({ min: 0, max: 4e12 }),
      (dialect, timeZone, useTz, ms) => {
        const time = createColumnTime(dialect, { timeZone, useTz })
        const back = time.fromColumnTime(time.toColumnTime(ms))
        // of the hour that comes twice in autumn, local time cannot tell which one it was
        if (back !== ms) assert.equal(time.toColumnTime(back), time.toColumnTime(ms))
      },
    ),
  )
})

test('local times around the changes of summer time are those of Python', () => {
  const { toColumnTime, fromColumnTime } = createColumnTime('sqlite', { useTz: false, timeZone: 'Europe/Paris' })
  assert.equal(toColumnTime(Date.parse('2026-03-29T00:59:59Z')), '2026-03-29 01:59:59')
  assert.equal(toColumnTime(Date.parse('2026-03-29T01:00:00Z')), '2026-03-29 03:00:00')
  assert.equal(fromColumnTime('2026-03-29 02:30:00'), Date.parse('2026-03-29T01:30:00Z'), 'an hour that never was')
  assert.equal(fromColumnTime('2026-10-25 02:30:00'), Date.parse('2026-10-25T00:30:00Z'), 'the first of two')
  assert.equal(fromColumnTime('2026-10-25 03:00:00'), Date.parse('2026-10-25T02:00:00Z'))
})

test('times are read with any fraction, and with a zone', () => {
  const { fromColumnTime } = createColumnTime('sqlite')
  const noon = Date.parse('2026-01-01T12:00:00Z')
  assert.equal(fromColumnTime('2026-01-01 12:00:00.123999'), noon + 123)
  assert.equal(fromColumnTime('2026-01-01 12:00:00.5'), noon + 500)
  for (const zone of ['+01:00', '+0100', '+01']) assert.equal(fromColumnTime(`2026-01-01T13:00:00${zone}`), noon)
  assert.equal(fromColumnTime(new Date(noon)), noon)
})

test('what is no time is refused', () => {
  const { fromColumnTime, toColumnTime } = createColumnTime('sqlite')
  for (const value of [null, undefined, 0, '', 'now', '2026-13-01 00:00:00', '2026-01-01', '2026-01-01 25:00:00']) {
    assert.throws(() => fromColumnTime(value), TypeError)
  }
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 1e15, -1e15])
    assert.throws(() => toColumnTime(ms), RangeError)
  assert.throws(() => createColumnTime('sqlite', { timeZone: 'Mars/Olympus' }), ConfigError)
})
