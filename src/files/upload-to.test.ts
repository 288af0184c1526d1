import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { datedFolder } from './upload-to.ts'

describe('a folder with the date in it', () => {
  const now = Date.parse('2026-12-31T23:30:05Z')

  it("has the date of the site's own zone", () => {
    const all = 'a/%Y/%m/%d/%H%M%S/%y/%j/100%%/'
    assert.equal(datedFolder(all, { now, timeZone: 'UTC' }), 'a/2026/12/31/233005/26/365/100%/')
    assert.equal(datedFolder('%Y/%m/%d %H %j', { now, timeZone: 'Europe/Zurich' }), '2027/01/01 00 001')
    assert.equal(datedFolder('avatars/', { now, timeZone: 'no zone' }), 'avatars/')
  })

  it('refuses what it does not know', () => {
    for (const pattern of ['%', 'a%', '%q/', '%__proto__', '%constructor'])
      assert.throws(() => datedFolder(pattern, { now, timeZone: 'UTC' }), ConfigError)
  })
})
