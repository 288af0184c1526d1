import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deviceName, unknownDevice } from './device-name.ts'

const names: readonly (readonly [userAgent: string | null, name: string])[] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.0.0',
    'Microsoft Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  ['curl/8.5.0', 'curl'],
  ['python-requests/2.32.3', 'python-requests'],
  [null, unknownDevice],
  ['', unknownDevice],
  ['<script>alert(1)</script>/1.0 (x)', unknownDevice],
  ['node', unknownDevice],
]

for (const [userAgent, name] of names) {
  test(`${userAgent} is ${name}`, () => {
    assert.equal(deviceName(userAgent), name)
  })
}

test('a device has a name of at most 100 printable characters, whatever a client sends', () => {
  const parts = fc.constantFrom(
    'Mozilla/5.0 (',
    'Firefox/',
    'Android ',
    'Mac OS X ',
    '1.1',
    '_',
    ';',
    ')',
    '/',
    ' ',
    '<b>',
  )
  const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.array(parts, { maxLength: 400 }))
  fc.assert(
    fc.property(hostile, sent => {
      assert.match(deviceName([sent].flat().join('')), /^[A-Za-z0-9 ._+-]{1,100}$/)
    }),
  )
})
