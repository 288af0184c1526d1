import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareSnapshots } from './exports-snapshot.ts'
import { exportsOf } from './source-text.ts'

test('a face shows values and types by name', () => {
  const face = `
/** export { hidden } from './a.ts' */
export { createSessions, type SessionData, Session as Visit } from './session.ts'
export type {
  SessionStore,
} from './store.ts'
export interface Options {}
export async function open(): Promise<void> {}
export abstract class Base {}
`
  assert.deepEqual(exportsOf(face), [
    'Base',
    'Visit',
    'createSessions',
    'open',
    'type Options',
    'type SessionData',
    'type SessionStore',
  ])
})

test('`export *` is refused', () => {
  assert.throws(() => exportsOf("export * from './a.ts'\n"), /name each export/)
})

test('each name that came or went is told, also of a door that came or went', () => {
  const before = { 'nuages/kit': ['a', 'b'], 'nuages/old': ['c'] }
  const now = { 'nuages/kit': ['a', 'type b'], 'nuages/new': ['d'] }
  assert.deepEqual(compareSnapshots(before, now), [
    '- nuages/kit: b',
    '- nuages/old: c',
    '+ nuages/kit: type b',
    '+ nuages/new: d',
  ])
  assert.deepEqual(compareSnapshots(now, now), [])
})
