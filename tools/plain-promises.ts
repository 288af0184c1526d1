/**
 * Loaded before each test file of the gate: takes the runner's hook on every promise away.
 *
 * `node:test` follows each promise and timer, to tell which test a stray error belongs to. That makes a promise several times as dear, and tests of
 * streams take twice their time. Without it a stray error still fails its file, under the file's name; `npm test -- FILE` has the hook, and names the test.
 */
import { createRequire } from 'node:module'

type Hooks = typeof import('node:async_hooks')

// The exports as the runner will find them: those of an ES import are fixed.
const hooks = createRequire(import.meta.url)('node:async_hooks') as { createHook: Hooks['createHook'] }
const { createHook } = hooks

hooks.createHook = callbacks => {
  const hook = createHook(callbacks)
  if (new Error().stack?.includes('node:internal/test_runner')) hook.enable = () => hook
  return hook
}
