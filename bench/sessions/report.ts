/**
 * The table, as Markdown, for the terminal and for docs/sessions.md.
 */
import { availableParallelism } from 'node:os'
import { type Clearing, clearedRows } from './clearing.ts'
import { operations, type Speed } from './speed.ts'

/** All that was measured in one database. */
export interface Measured {
  /** `SQLite 3.50.4`. */
  readonly version: string
  /** From the smallest table to the largest. */
  readonly speeds: readonly SizedSpeeds[]
  readonly clearing: Clearing & { readonly database: string; readonly size: number }
}

export interface SizedSpeeds {
  readonly database: string
  readonly size: number
  readonly speeds: Readonly<Record<(typeof operations)[number], Speed>>
}

/** A look-up may take so many times as long as in the smallest table. */
export const largestRatio = 1.5
/** Longest wait of a reader for a batch, in milliseconds. */
export const longestWaitMs = 50

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const exact = (ms: number): string => ms.toFixed(ms < 1 ? 3 : 1)
const count = (amount: number): string => whole.format(amount)
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The look-up's median beside that in the smallest table. */
function ratioOf(one: SizedSpeeds, [smallest = one]: readonly SizedSpeeds[]): number {
  return one.speeds['look-up'].p50 / smallest.speeds['look-up'].p50
}

/** What was promised and is not so, a line for each. */
export function missed(all: readonly Measured[]): readonly string[] {
  return all.flatMap(({ speeds, clearing }) => {
    const slow = speeds
      .map(one => ({ one, ratio: ratioOf(one, speeds) }))
      .filter(({ ratio }) => ratio > largestRatio)
      .map(
        ({ one, ratio }) =>
          `${one.database}: a look-up in ${count(one.size)} rows takes ${ratio.toFixed(2)} times as long.`,
      )
    const wait = clearing.reads.longest
    const waited = wait > longestWaitMs ? [`${clearing.database}: a read waited ${exact(wait)} ms.`] : []
    const left = clearedRows - clearing.rows
    const unfinished =
      left > 0 ? [`${clearing.database}: ${count(left)} expired rows are left when the time is over.`] : []
    return [...slow, ...waited, ...unfinished]
  })
}

/** Look-ups, saves and new sessions; `all`: the sizes of each database. */
export function speedTable(all: readonly (readonly SizedSpeeds[])[]): string {
  const heading = ['database', 'rows', 'operation', 'p50 ms', 'p99 ms', 'a second', 'p50 to the smallest table']
  const rows = all.flatMap(speeds =>
    speeds.flatMap(one =>
      operations.map(operation => {
        const { p50, p99, perSecond } = one.speeds[operation]
        const ratio = operation === 'look-up' ? ratioOf(one, speeds).toFixed(2) : ''
        return [one.database, count(one.size), operation, exact(p50), exact(p99), count(perSecond), ratio]
      }),
    ),
  )
  return tableOf(heading, rows)
}

function clearingTable(all: readonly Measured[]): string {
  const heading = [
    'database',
    'living rows',
    'deleted',
    'seconds',
    'rows a second',
    'read p99, longest',
    'save p99, longest',
  ]
  const pair = (waits: Clearing['reads'], quiet: Clearing['reads']): string =>
    `${exact(waits.p99)}, ${exact(waits.longest)} (${exact(quiet.p99)}, ${exact(quiet.longest)})`
  const rows = all.map(({ clearing }) => [
    clearing.database,
    count(clearing.size),
    count(clearing.rows),
    clearing.seconds.toFixed(1),
    count(clearing.rows / clearing.seconds),
    pair(clearing.reads, clearing.quietReads),
    pair(clearing.saves, clearing.quietSaves),
  ])
  return tableOf(heading, rows)
}

export function reportOf(all: readonly Measured[]): string {
  const date = new Date().toISOString().slice(0, 10)
  const versions = all.map(({ version }) => version).join(', ')
  const bad = missed(all)
  const promises = `look-ups within ${largestRatio} times the smallest table's, no read waits longer than ${longestWaitMs} ms, every expired row is cleared in time`
  const verdict = bad.length === 0 ? 'All of it holds.' : `Missed:\n\n${bad.map(text => `- ${text}`).join('\n')}`
  return [
    `${date}, Node ${process.version}, ${versions}, ${availableParallelism()} cores:`,
    speedTable(all.map(({ speeds }) => speeds)),
    `Clearing ${count(clearedRows)} expired rows; waits in milliseconds, in brackets those with nothing cleared:`,
    clearingTable(all),
    `Promised: ${promises}. ${verdict}`,
  ].join('\n\n')
}
