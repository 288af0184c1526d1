import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inferTime, zonesOf } from './doctor-time.ts'

const winter = Date.parse('2026-01-15T12:00:00Z') / 1000
const summer = Date.parse('2026-07-15T12:00:00Z') / 1000
const week = 604_800
const floating = { isFixed: false }

/** Sessions that each were written a little later, and live for `age` in a column `offset` ahead of UTC. */
function sessions(start: number, offset: number, age = 2 * week): { writtenAt: number; expires: number }[] {
  return Array.from({ length: 20 }, (_, index) => {
    const writtenAt = start + index * 977
    return { writtenAt, expires: writtenAt + age + offset + (index % 10) / 10 }
  })
}

describe('the zone of the columns', () => {
  it('is seen in sessions of the usual age', () => {
    const utc = inferTime({ sessions: sessions(winter, 0), logins: [] }, floating)
    assert.deepEqual([...new Set(utc.offsets.map(({ seconds }) => seconds))], [0])
    assert.equal(utc.age, 2 * week)
    const nepal = inferTime({ sessions: sessions(winter, 20_700), logins: [] }, floating)
    assert.deepEqual([...new Set(nepal.offsets.map(({ seconds }) => seconds))], [20_700])
    assert.ok(zonesOf(nepal.offsets).every(zone => /Kath?mandu/.test(zone)))
  })

  it('is seen in logins when sessions have an age of their own, which is seen then, too', () => {
    const own = sessions(winter, 3600, 5 * 3600)
    assert.deepEqual(inferTime({ sessions: own, logins: [] }, floating), { offsets: [], age: null })
    const logins = own.slice(0, 4).map(({ writtenAt }) => ({ writtenAt, lastLogin: writtenAt + 3600 - 0.4 }))
    const facts = inferTime({ sessions: own, logins }, floating)
    assert.deepEqual([...new Set(facts.offsets.map(({ seconds }) => seconds))], [3600])
    assert.equal(facts.age, 5 * 3600)
  })

  it('is told apart by the change of the clocks', () => {
    const paris = [...sessions(winter, 3600), ...sessions(summer, 7200)]
    const zones = zonesOf(inferTime({ sessions: paris, logins: [] }, floating).offsets)
    assert.ok(zones.includes('Europe/Paris'))
    assert.ok(!zones.includes('Africa/Lagos'))
    const chicago = [...sessions(winter, -21_600), ...sessions(summer, -18_000)]
    assert.equal(zonesOf(inferTime({ sessions: chicago, logins: [] }, floating).offsets)[0], 'America/Chicago')
  })

  it('is not guessed from times that fit nothing', () => {
    const random = Array.from({ length: 50 }, (_, index) => ({
      writtenAt: winter,
      expires: winter + 401 + index * 1373,
    }))
    assert.deepEqual(inferTime({ sessions: random, logins: [] }, floating), { offsets: [], age: null })
    assert.deepEqual(inferTime({ sessions: [], logins: [] }, floating), { offsets: [], age: null })
  })

  it('is beside the point where columns know it', () => {
    assert.deepEqual(inferTime({ sessions: sessions(winter, 0, 1234), logins: [] }, { isFixed: true }), {
      offsets: [],
      age: 1234,
    })
  })
})
