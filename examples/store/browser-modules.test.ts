import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserModule, moduleAddresses } from './browser-modules.ts'

const modules = moduleAddresses.map(address => [address, browserModule(address.replace('/static/', '')) ?? ''] as const)

test('a page runs the shop’s own module; everything imported has an address of the shop', () => {
  assert.equal(moduleAddresses[0], '/static/shop.js')
  for (const [address, script] of modules) {
    const imported = [...script.matchAll(/ from '([^']+)'|\bimport\(|^import '/gm)].map(([, name]) => name)
    for (const name of imported) assert.ok(name !== undefined && moduleAddresses.includes(name), `${address}: ${name}`)
  }
})

test('types and what is there for types only do not reach the browser', () => {
  assert.ok(!moduleAddresses.some(address => address.includes('api-types')))
  for (const [address, script] of modules)
    assert.doesNotMatch(script, /\binterface \w+ \{|: string\b[^'`]*[,)=]$/m, address)
})

test('what the browser loads stays small, writes no markup and asks no other host', () => {
  assert.ok(modules.reduce((sum, [, script]) => sum + script.length, 0) < 48 * 1024)
  for (const [address, script] of modules)
    assert.doesNotMatch(script, /\.innerHTML|\.outerHTML|insertAdjacentHTML|\beval\(|\.style\.|https?:\/\//, address)
})

test('no other file is a module', () => {
  for (const name of ['', 'static.js', 'api-types.js', '__proto__', 'constructor', '../settings.ts', 'shop.ts'])
    assert.equal(browserModule(name), null, name)
})
