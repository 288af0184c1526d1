/**
 * Requests of one visitor in random order, against a model that knows only what each of them was shown and asked for.
 *
 * Every write that reaches the store is checked when it does: it must be what was there, with just the changes of its request.
 * So nothing is lost; a row that is gone stays gone; a conflict needs a key that both sides changed, and that was read.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { defineSettings } from '../settings/index.ts'
import { createSessionCodec, type SessionTexts } from './codec.ts'
import { SessionConflictError, SessionInterrupted } from './errors.ts'
import { createMemorySessionStore } from './memory-store.ts'
import type { Session } from './session.ts'
import { createSessions } from './sessions.ts'
import type { SessionStore } from './store.ts'

const settings = defineSettings({ SECRET_KEY: 'the key of the property test of sessions' })
const codec = createSessionCodec({ key: settings.SECRET_KEY })
const firstKey = 'k'.repeat(32)
const expiresAt = Date.now() + 60_000

/** The name of a write, set blindly with each, so that the store knows whose it is. */
const marker = 'by'

type Text = string | null
type Data = ReadonlyMap<string, string>

/** One step of a request; all values are lists of numbers. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('get', 'delete'), key: fc.constantFrom('a', 'b') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('set', 'push', 'update'),
      key: fc.constantFrom('a', 'b'),
      n: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('save') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'cycleKey') }) },
)
type Step = { readonly do: string; readonly key?: string; readonly n?: number }

const program = fc.record({
  requests: fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 4 }),
  /** How many turns of the event loop each access to the store waits, in order. */
  delays: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 20 }),
})

/** What a request knows of a key. */
interface Known {
  value: Text
  seen: Text
  read: boolean
  assigned: boolean
  /** Where in the history `seen` was stored. */
  seenAt: number
}

const append =
  (n: number) =>
  (text: Text): string =>
    JSON.stringify([...(text === null ? [] : JSON.parse(text)), n])

/** A request as the contract describes it. */
class Model {
  stored: Data
  /** Where in the history this was stored. */
  storedAt = 0
  key: string | null = firstKey
  known = new Map<string, Known>()
  /** The key that `update` is changing, and how. */
  updating: { readonly key: string; readonly change: (text: Text) => string } | null = null

  constructor(stored: Data) {
    this.stored = stored
  }

  know(key: string): Known {
    const known = this.known.get(key) ?? this.fresh(key)
    this.known.set(key, known)
    return known
  }

  fresh(key: string): Known {
    const text = this.stored.get(key) ?? null
    return { value: text, seen: text, read: false, assigned: false, seenAt: this.storedAt }
  }

  changed(): [string, Known][] {
    return [...this.known].filter(([, { value, seen }]) => value !== seen)
  }

  /** True when this key may end in a conflict on what is stored. */
  disagrees(key: string, stored: Data): boolean {
    const { value, seen, read, assigned } = this.know(key)
    const present = stored.get(key) ?? null
    return (
      value !== seen &&
      (read || !assigned) &&
      present !== seen &&
      (value !== null || present !== null) &&
      this.updating?.key !== key
    )
  }

  /** What must be stored after this request's changes to `before`. */
  apply(before: Data): Map<string, string> {
    const after = new Map(before)
    for (const [key, { value }] of this.changed()) {
      const text = this.updating?.key === key ? this.updating.change(before.get(key) ?? null) : value
      if (text === null) after.delete(key)
      else after.set(key, text)
    }
    return after
  }

  settle(after: Data, at: number): void {
    this.stored = after
    this.storedAt = at
    for (const [key, known] of this.changed()) {
      const text = after.get(key) ?? null
      Object.assign(known, { value: text, seen: text, assigned: false, seenAt: at })
    }
  }
}

interface Run {
  readonly history: { readonly key: string; readonly data: Data | null }[]
  readonly writers: Map<string, { readonly model: Model; after: Data | null; at: number }>
}

/** The memory store with random delays, which checks each write against the model of the request that made it. */
function checkedStore(inner: SessionStore, { history, writers }: Run, delays: readonly number[]): SessionStore {
  let accesses = 0
  const wait = async (): Promise<void> => {
    accesses += 1
    for (let turn = delays[accesses % delays.length] as number; turn > 0; turn -= 1)
      await new Promise(resolve => setImmediate(resolve))
  }
  const check = (key: string, seen: SessionTexts, text: string): void => {
    const after = codec.decode(text)
    const writer = writers.get(after.get(marker) as string)
    assert(writer !== undefined && writer.after === null, 'a write that nobody asked for')
    for (const [changed] of writer.model.changed())
      assert(!writer.model.disagrees(changed, seen), `a conflict on ${changed} went unseen`)
    assert.deepEqual(Object.fromEntries(after), Object.fromEntries(writer.model.apply(seen)))
    writer.after = after
    writer.at = history.push({ key, data: after }) - 1
  }
  return {
    ...inner,
    async load(key) {
      await wait()
      return inner.load(key)
    },
    async create(key, text, expires) {
      await wait()
      const done = await inner.create(key, text, expires)
      if (done) check(key, new Map(), text)
      return done
    },
    async replace(key, seen, text, expires) {
      await wait()
      const done = await inner.replace(key, seen, text, expires)
      if (done) check(key, codec.decode(seen), text)
      return done
    },
    async rename(key, seen, newKey, text, expires) {
      await wait()
      const done = await inner.rename(key, seen, newKey, text, expires)
      if (done) {
        check(newKey, codec.decode(seen), text)
        history.push({ key, data: null })
      }
      return done
    },
    async delete(key) {
      await wait()
      await inner.delete(key)
      history.push({ key, data: null })
    },
  }
}

let writes = 0

/** Saves, or updates, and compares what came of it with the model. */
async function write(session: Session, model: Model, run: Run, save: () => Promise<unknown>): Promise<boolean> {
  const isDue = model.changed().length > 0 || model.key !== session.sessionKey
  const writer = { model, after: null as Data | null, at: 0 }
  if (isDue) {
    writes += 1
    const by = `"${writes}"`
    session.set(marker, String(writes))
    Object.assign(model.know(marker), { value: by, assigned: true })
    run.writers.set(by, writer)
  }
  try {
    await save()
  } catch (error) {
    const states = run.history.map(({ key, data }) => (key === model.key ? data : undefined))
    if (error instanceof SessionConflictError)
      for (const key of error.keys) {
        const since = states.slice(model.know(key).seenAt)
        assert(
          since.some(data => data && model.disagrees(key, data)),
          `no reason for a conflict on ${key}`,
        )
      }
    else {
      assert(error instanceof SessionInterrupted, String(error))
      assert(states.includes(null), 'interrupted, but not ended')
    }
    assert.equal(writer.after, null, 'refused, but written')
    return false
  }
  assert.equal(writer.after !== null, isDue, 'a write that was not due, or one that was not made')
  if (writer.after !== null) {
    model.settle(writer.after, writer.at)
    model.key = session.sessionKey
  }
  return true
}

async function update(session: Session, model: Model, run: Run, key: string, n: number): Promise<void> {
  const before = model.known.get(key)
  const copy = before && { ...before }
  const isSet = before !== undefined && (before.assigned || before.value !== before.seen)
  const change = append(n)
  if (!isSet) model.known.set(key, { ...model.fresh(key), read: true })
  const known = model.know(key)
  if (isSet) known.assigned = true
  else model.updating = { key, change }
  known.value = change(known.value)
  let result: unknown
  const isDone = await write(session, model, run, async () => {
    result = await session.update(key, value => [...((value as number[] | undefined) ?? []), n])
  })
  model.updating = null
  if (isDone) assert.deepEqual(result, JSON.parse(known.value as string))
  else if (isSet) known.value = (copy as Known).value
  else if (copy === undefined) model.known.delete(key)
  else model.known.set(key, copy)
}

async function take(session: Session, model: Model, run: Run, { do: name, key = '', n = 0 }: Step): Promise<void> {
  if (name === 'save') await write(session, model, run, () => session.save())
  else if (name === 'cycleKey') session.cycleKey()
  else if (name === 'flush') {
    await session.flush()
    Object.assign(model, { key: null, stored: new Map(), known: new Map() })
  } else if (name === 'update') await update(session, model, run, key, n)
  else {
    const known = model.know(key)
    if (name === 'set') session.set(key, [n])
    if (name === 'delete') assert.equal(session.delete(key), known.value !== null)
    if (name === 'set' || name === 'delete')
      Object.assign(known, { value: name === 'set' ? `[${n}]` : null, assigned: true })
    else {
      if (!known.assigned) known.read = true
      const value = session.get(key) as number[] | undefined
      assert.deepEqual(value ?? null, JSON.parse(known.value ?? 'null'))
      if (name === 'push' && value !== undefined) {
        value.push(n)
        known.value = JSON.stringify(value)
      }
    }
  }
}

const seed = Number(process.env.SEED ?? Date.now())

describe(`requests in any order (SEED=${seed})`, () => {
  it('lose nothing, revive nothing, and conflict only where both changed what was read', async () => {
    await fc.assert(
      fc.asyncProperty(program, async ({ requests, delays }) => {
        const inner = createMemorySessionStore()
        const data: Data = new Map([['a', '[0]']])
        const run: Run = { history: [{ key: firstKey, data }], writers: new Map() }
        const store = checkedStore(inner, run, delays)
        await inner.create(firstKey, codec.encode(data), expiresAt)
        const processes = [createSessions({ store, settings }), createSessions({ store, settings })]
        const opened = await Promise.all(
          requests.map((_, index) => (processes[index % 2] as (typeof processes)[0]).open(firstKey)),
        )
        await Promise.all(
          requests.map(async (steps, index) => {
            const session = opened[index] as Session
            const model = new Model(data)
            for (const one of [...steps, { do: 'save' }]) await take(session, model, run, one)
          }),
        )
        for (const { key, data: written } of run.history)
          if (written === null) assert.equal(await inner.load(key), null, 'a session was revived')
      }),
      { seed, numRuns: 300 },
    )
  })
})
