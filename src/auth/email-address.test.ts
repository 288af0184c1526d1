import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration } from './account-mails.ts'
import { foldEmail, isSameEmail } from './email-address.ts'

test('spellings of one address are one address', () => {
  for (const [one, other] of [
    ['Ada@Example.COM', 'ada@example.com'],
    ['ｍike@example.org', 'mike@example.org'],
    ['\u212aim@example.org', 'kim@example.org'], // the sign for kelvin
    ['rene\u0301@example.org', 'RENÉ@example.org'],
    ['ΟΔΥΣΣΕΥΣ@example.gr', 'οδυσσευς@example.gr'],
  ] as const)
    assert.equal(isSameEmail(one, other), true, one)
})

test('an address that only looks like another is another', () => {
  for (const [one, other] of [
    ['mıke@example.org', 'mike@example.org'],
    ['MIKE@example.org', 'mıke@example.org'],
    ['mike@exаmple.org', 'mike@example.org'], // a Cyrillic a
    ['rené@example.org', 'rene@example.org'],
    ['ada@example.org ', 'ada@example.org'],
    ['İda@example.org', 'ida@example.org'],
  ] as const)
    assert.equal(isSameEmail(one, other), false, one)
  assert.equal(foldEmail(''), '')
})

test('how long a link is good for is said in the largest unit in which it is whole', () => {
  const said = [259_200, 86_400, 7200, 5400, 60, 61, 1, 0].map(duration)
  assert.deepEqual(said, [
    '3 days',
    '1 day',
    '2 hours',
    '90 minutes',
    '1 minute',
    '61 seconds',
    '1 second',
    '0 seconds',
  ])
})
