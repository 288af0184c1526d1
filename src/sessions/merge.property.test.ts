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
import type { Sessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { createSessions } from './stored-sessions.ts'

const settings = defineSettings({ SECRET_KEY: 'the key of the property test of sessions' })
const codec = createSessionCodec({ key: settings.SECRET_KEY })
const firstKey = 'k'.repeat(32)
const start = Date.parse('2026-01-01T00:00:00Z')
const defaultAgeMs = settings.SESSION_COOKIE_AGE * 1000
const expiryKey = '_session_expiry'

/** The name of a write, set blindly with each, so that the store knows whose it is. */
const marker = 'by'

type Text = string | null
type Data = ReadonlyMap<string, string>

/** What a list holds: numbers, dates, lists of them. */
const item = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 1, max: 20 }).map(n => n / 4),
  fc.date({ min: new Date(start), max: new Date(start + defaultAgeMs), noInvalidDate: true }),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
)
type Item = number | Date | number[]

/** One step of a request; all values are lists. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('get', 'delete'), key: fc.constantFrom('a', 'b') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('set', 'push', 'update'),
      key: fc.constantFrom('a', 'b'),
      n: item,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('expire'),
      n: fc.oneof(
        fc.integer({ min: 5, max: 90 }),
        fc.date({ min: new Date(start), max: new Date(start + 90_000), noInvalidDate: true }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), n: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('save') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'cycleKey') }) },
)
type Step = { readonly do: string; readonly key?: string; readonly n?: Item }

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
  (n: Item) =>
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

  /** `isOutsider`: the session has another key by now, so the request is shown only what it wrote itself. */
  settle(after: Data, at: number, isOutsider: boolean): void {
    const changed = this.changed()
    const shown = new Map(isOutsider ? this.stored : after)
    for (const [key, known] of changed) {
      const text = after.get(key) ?? null
      if (text === null) shown.delete(key)
      else shown.set(key, text)
      Object.assign(known, { value: text, seen: text, assigned: false, seenAt: at })
    }
    this.stored = shown
    if (!isOutsider) this.storedAt = at
  }
}

interface Writer {
  readonly model: Model
  after: Data | null
  at: number
  key: string
}

interface Run {
  /** What was stored, and `null` for an end, by the first key of the session. */
  readonly history: { readonly first: string; readonly data: Data | null }[]
  readonly writers: Map<string, Writer>
  /** Every key that ever was good, to the first key of its session. */
  readonly firsts: Map<string, string>
  /** First keys of the sessions that have moved. */
  readonly moved: Set<string>
  /** First keys of the sessions, to the earliest moment at which one of their keys may be gone. */
  readonly ends: Map<string, number>
  /** The time, in milliseconds. */
  now: number
}

/** When a write was asked for, and when what it wrote ends. */
interface Lifetime {
  readonly start: number
  readonly end: number
}

const movedTo = (text: string): string | undefined => /^moved:(.*)/.exec(text)?.[1]

/** The memory store with random delays, which checks each write against the model of the request that made it. */
function checkedStore(inner: SessionStore, run: Run, delays: readonly number[]): SessionStore {
  const { history, writers, firsts, moved } = run
  let accesses = 0
  const wait = async (): Promise<void> => {
    accesses += 1
    for (let turn = delays[accesses % delays.length] as number; turn > 0; turn -= 1)
      await new Promise(resolve => setImmediate(resolve))
  }
  const willEnd = (first: string, at: number): void =>
    void run.ends.set(first, Math.min(at, run.ends.get(first) ?? Number.POSITIVE_INFINITY))
  const check = (key: string, seen: SessionTexts, text: string, lifetime: Lifetime): void => {
    const after = codec.decode(text)
    const writer = writers.get(after.get(marker) as string)
    assert(writer !== undefined && writer.after === null, 'a write that nobody asked for')
    for (const [changed] of writer.model.changed())
      assert(!writer.model.disagrees(changed, seen), `a conflict on ${changed} went unseen`)
    assert.deepEqual(Object.fromEntries(after), Object.fromEntries(writer.model.apply(seen)))
    const expiry: unknown = JSON.parse(after.get(expiryKey) ?? 'null')
    const age = typeof expiry === 'number' ? expiry * 1000 : defaultAgeMs
    assert.equal(lifetime.end, typeof expiry === 'string' ? Date.parse(expiry) : lifetime.start + age)
    const first = firsts.get(key) as string
    willEnd(first, lifetime.end)
    Object.assign(writer, { after, key, at: history.push({ first, data: after }) - 1 })
  }
  /** True for a create that is the first half of a move. */
  const placed = new Map<string, { text: string; lifetime: Lifetime }>()
  const isMove = (text: string): boolean => writers.get(codec.decode(text).get(marker) as string)?.model.key !== null
  return {
    ...inner,
    async load(key) {
      await wait()
      return inner.load(key)
    },
    async create(key, text, expires) {
      const lifetime = { start: run.now, end: expires }
      await wait()
      const done = await inner.create(key, text, expires)
      if (isMove(text)) placed.set(key, { text, lifetime })
      else if (done) {
        firsts.set(key, key)
        check(key, new Map(), text, lifetime)
      }
      return done
    },
    async replace(key, seen, text, expires) {
      const lifetime = { start: run.now, end: expires }
      await wait()
      const to = movedTo(text)
      const done = await inner.replace(key, seen, text, expires)
      const first = firsts.get(key)
      if (first === undefined) placed.set(key, { text, lifetime })
      if (!done || first === undefined) return done
      if (to === undefined) check(key, codec.decode(seen), text, lifetime)
      else {
        firsts.set(to, first)
        moved.add(first)
        willEnd(first, expires)
        const last = placed.get(to) as { text: string; lifetime: Lifetime }
        check(to, codec.decode(seen), last.text, last.lifetime)
      }
      return done
    },
    async delete(key, seen) {
      await wait()
      const done = await inner.delete(key, seen)
      const first = firsts.get(key)
      if (done && first !== undefined) history.push({ first, data: null })
      return done
    },
  }
}

let writes = 0

/** Saves, or updates, and compares what came of it with the model. */
async function write(session: Session, model: Model, run: Run, save: () => Promise<unknown>): Promise<boolean> {
  const isMoving = model.key !== null && model.key !== session.sessionKey
  const isDue = model.changed().length > 0 || isMoving
  const writer: Writer = { model, after: null, at: 0, key: '' }
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
    const mine = run.firsts.get(model.key as string) as string
    const states = run.history.map(({ first, data }) => (first === mine ? data : undefined))
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
      const isExpired = (run.ends.get(mine) as number) <= run.now
      assert(states.includes(null) || isExpired || (isMoving && run.moved.has(mine)), 'interrupted for no reason')
    }
    assert.equal(writer.after, null, 'refused, but written')
    return false
  }
  assert.equal(writer.after !== null, isDue, 'a write that was not due, or one that was not made')
  if (writer.after !== null) {
    model.key = session.sessionKey
    model.settle(writer.after, writer.at, writer.key !== model.key)
  }
  return true
}

async function update(session: Session, model: Model, run: Run, key: string, n: Item): Promise<void> {
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
    result = await session.update(key, value => [...((value as Item[] | undefined) ?? []), n])
  })
  model.updating = null
  if (isDone) assert.equal(JSON.stringify(result), known.value)
  else if (isSet) known.value = (copy as Known).value
  else if (copy === undefined) model.known.delete(key)
  else model.known.set(key, copy)
}

async function take(session: Session, model: Model, run: Run, { do: name, key = '', n = 0 }: Step): Promise<void> {
  if (name === 'save') await write(session, model, run, () => session.save())
  else if (name === 'cycleKey') session.cycleKey()
  else if (name === 'wait') run.now += Number(n) * 1000
  else if (name === 'expire') {
    session.setExpiry(n as number | Date)
    Object.assign(model.know(expiryKey), { value: JSON.stringify(session.get(expiryKey)), assigned: true })
  } else if (name === 'flush') {
    await session.flush()
    const first = run.firsts.get(model.key as string)
    if (first !== undefined && (run.ends.get(first) as number) > run.now) run.history.push({ first, data: null })
    Object.assign(model, { key: null, stored: new Map(), known: new Map() })
  } else if (name === 'update') await update(session, model, run, key, n)
  else {
    const known = model.know(key)
    if (name === 'set') session.set(key, [n])
    if (name === 'delete') assert.equal(session.delete(key), known.value !== null)
    if (name === 'set' || name === 'delete')
      Object.assign(known, { value: name === 'set' ? JSON.stringify([n]) : null, assigned: true })
    else {
      if (!known.assigned) known.read = true
      const value = session.get(key) as Item[] | undefined
      assert.equal(JSON.stringify(value ?? null), known.value ?? 'null')
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
        const run: Run = {
          history: [],
          writers: new Map(),
          firsts: new Map([[firstKey, firstKey]]),
          moved: new Set(),
          ends: new Map([[firstKey, start + defaultAgeMs]]),
          now: start,
        }
        const clock = (): number => run.now
        const inner = createMemorySessionStore(clock)
        const data: Data = new Map([['a', '[0]']])
        run.history.push({ first: firstKey, data })
        const store = checkedStore(inner, run, delays)
        await inner.create(firstKey, codec.encode(data), start + defaultAgeMs)
        const processes = [0, 1].map(() => createSessions({ store, settings, clock }))
        const opened = await Promise.all(requests.map((_, index) => (processes[index % 2] as Sessions).open(firstKey)))
        await Promise.all(
          requests.map(async (steps, index) => {
            const session = opened[index] as Session
            const model = new Model(data)
            for (const one of [...steps, { do: 'save' }]) await take(session, model, run, one)
          }),
        )
        const ended = new Set(run.history.flatMap(({ first, data: written }) => (written === null ? [first] : [])))
        for (const [key, first] of run.firsts) {
          const text = await inner.load(key)
          if (ended.has(first)) assert(text === null || movedTo(text), 'a session was revived')
        }
      }),
      { seed, numRuns: 300 },
    )
  })
})
