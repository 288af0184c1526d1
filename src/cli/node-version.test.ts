import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { nodeProblem } from './node-version.ts'

it('an old Node is told in one line what to install', () => {
  for (const version of ['20.19.0', '22.23.1', '24.14.9'])
    assert.match(nodeProblem(version) ?? '', /^nuages needs Node 24\.15 .*\.org$/)
  for (const version of ['24.15.0', '24.21.1', '25.0.0', '26.10.0']) assert.equal(nodeProblem(version), null)
})

it('the oldest Node is the one that package.json names', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal(engines.node, '>=24.15')
})
