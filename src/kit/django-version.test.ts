import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ConfigError, isDjangoAtLeast } from './index.ts'

it('orders versions by number, a missing patch being the newest', () => {
  assert(isDjangoAtLeast('5.2.15', '5.2.15'))
  assert(isDjangoAtLeast('5.2', '5.2.15'))
  assert(isDjangoAtLeast('5.10', '5.9'))
  assert(isDjangoAtLeast('6.0.0', '5.2.15'))
  assert(!isDjangoAtLeast('5.2.9', '5.2.15'))
  assert(!isDjangoAtLeast('3.2.25', '4.1.0'))
})

it('refuses what is no version', () => {
  for (const version of ['', '5', '5.2.x', 'v5.2', '5.2.1.1', '6.1rc1', '5.2\n']) {
    assert.throws(() => isDjangoAtLeast(version, '5.2'), ConfigError, version)
  }
})
