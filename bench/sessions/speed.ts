/**
 * How long look-ups, saves and new sessions take in a table of some size.
 *
 * One after the other for the latency, many at once for the throughput. Every answer is checked.
 */
import { type Database, openDatabase } from '../../src/db/index.ts'
import { systemClock } from '../../src/kit/index.ts'
import { createDatabaseSessionStore, type SessionStore } from '../../src/sessions/index.ts'
import type { BenchDatabase } from './databases.ts'
import { median, quantile } from './figures.ts'
import { keyOf, livingEnd, textOf } from './rows.ts'

export const operations = ['look-up', 'save', 'create'] as const
export type Operation = (typeof operations)[number]

/** Of one round, or the medians of several. */
export interface Speed {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
}

/** How many of each a round has, one after the other and again at once. */
const counts: Readonly<Record<Operation, number>> = { 'look-up': 20_000, save: 2000, create: 2000 }
const atOnce = 32
/** New sessions have numbers that no filled row has. */
const firstNewRow = 1_000_000_000

/** A filled table, and the engine while it is open. */
export class SizedTable {
  readonly bench: BenchDatabase
  readonly size: number
  readonly #changed = new Map<number, string>()
  readonly #saving = new Set<number>()
  #opened: { readonly database: Database; readonly store: SessionStore } | null = null
  #next = firstNewRow

  constructor(bench: BenchDatabase, size: number) {
    this.bench = bench
    this.size = size
  }

  open(): void {
    const database = openDatabase(this.bench.url)
    this.#opened = { database, store: createDatabaseSessionStore(database, systemClock) }
  }

  async close(): Promise<void> {
    await this.#opened?.database.close()
    this.#opened = null
  }

  /** One operation on a row at random, ready to run: making its key and text is no part of it. */
  prepare(operation: Operation): () => Promise<void> {
    if (this.#opened === null) throw new Error('The table is not open.')
    const { store } = this.#opened
    const row = operation === 'create' ? this.#next++ : this.#anyRow()
    const key = keyOf(row)
    const first = textOf(row, key)
    if (operation === 'create') return async () => check(await store.create(key, first, livingEnd()))
    if (operation === 'look-up') {
      const start = first.slice(0, -1) // what saves leave as it is
      return async () => check((await store.load(key))?.startsWith(start) === true)
    }
    this.#saving.add(row)
    return async () => {
      const seen = this.#changed.get(row) ?? first
      const text = first.slice(0, -1) + (seen.endsWith('A') ? 'B' : 'A')
      check(await store.replace(key, seen, text, livingEnd()))
      this.#changed.set(row, text)
      this.#saving.delete(row)
    }
  }

  /** None that is about to be saved: two saves of one row at once would be a conflict, and rightly so. */
  #anyRow(): number {
    for (;;) {
      const row = Math.floor(Math.random() * this.size)
      if (!this.#saving.has(row)) return row
    }
  }
}

function check(right: boolean): void {
  if (!right) throw new Error('The engine gave a wrong answer.')
}

async function measureRound(table: SizedTable, operation: Operation): Promise<Speed> {
  const count = counts[operation]
  const make = (): (() => Promise<void>)[] => Array.from({ length: count }, () => table.prepare(operation))
  const samples: number[] = []
  for (const run of make()) {
    const startedAt = performance.now()
    await run()
    samples.push(performance.now() - startedAt)
  }
  const queue = make()
  const startedAt = performance.now()
  const work = async (): Promise<void> => {
    for (let run = queue.pop(); run !== undefined; run = queue.pop()) await run()
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const perSecond = (count / (performance.now() - startedAt)) * 1000
  return { p50: median(samples), p99: quantile(samples, 0.99), perSecond }
}

/** Speeds of each table, in the order of `tables`. They take turns: what else the machine does falls on all of them. */
export async function measureSpeeds(
  tables: readonly SizedTable[],
  rounds: number,
): Promise<readonly Readonly<Record<Operation, Speed>>[]> {
  const all = tables.map(() => ({ 'look-up': [], save: [], create: [] }) as Record<Operation, Speed[]>)
  // The round before the first fills caches.
  for (let round = -1; round < rounds; round += 1) {
    for (const operation of operations) {
      for (const [index, table] of tables.entries()) {
        const speed = await measureRound(table, operation)
        if (round >= 0) all[index]?.[operation].push(speed)
      }
    }
  }
  return all.map(found => ({
    'look-up': medians(found['look-up']),
    save: medians(found.save),
    create: medians(found.create),
  }))
}

function medians(speeds: readonly Speed[]): Speed {
  const of = (figure: keyof Speed): number => median(speeds.map(speed => speed[figure]))
  return { p50: of('p50'), p99: of('p99'), perSecond: of('perSecond') }
}
