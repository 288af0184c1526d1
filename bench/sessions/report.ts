/**
 * The table, as Markdown, for the terminal and for docs/sessions.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type Clearing, clearedRows } from './clearing.ts'
import { operations, type Speed } from './speed.ts'

/** All that was measured in one table. */
export interface Measured {
  readonly database: string
  readonly size: number
  readonly speeds: Readonly<Record<(typeof operations)[number], Speed>>
  readonly clearing: Clearing
}

/** A look-up may take so many times as long as in the smallest table. */
export const largestRatio = 1.5
/** Longest wait of a reader for a batch, in milliseconds. */
export const longestWaitMs = 50

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const exact = (ms: number): string => ms.toFixed(ms < 1 ? 3 : 1)
const sizeText = (size: number): string => whole.format(size)
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The look-up's median beside that in the smallest table of the same database. */
export function ratioOf(one: Measured, all: readonly Measured[]): number {
  const smallest = all.find(({ database }) => database === one.database) ?? one
  return one.speeds['look-up'].p50 / smallest.speeds['look-up'].p50
}

/** What was promised and is not so, a line for each. */
export function missed(all: readonly Measured[]): readonly string[] {
  return all.flatMap(one => {
    const where = `${one.database}, ${sizeText(one.size)} rows`
    const ratio = ratioOf(one, all)
    const wait = one.clearing.reads.longest
    return [
      ...(ratio > largestRatio
        ? [`${where}: look-up ${ratio.toFixed(2)} times the smallest, over ${largestRatio}`]
        : []),
      ...(wait > longestWaitMs ? [`${where}: a read waited ${exact(wait)} ms, over ${longestWaitMs}`] : []),
    ]
  })
}

function speedTable(all: readonly Measured[]): string {
  const heading = ['database', 'rows', 'operation', 'p50 ms', 'p99 ms', 'a second', 'p50 to the smallest table']
  const rows = all.flatMap(one =>
    operations.map(operation => {
      const { p50, p99, perSecond } = one.speeds[operation]
      const ratio = operation === 'look-up' ? ratioOf(one, all).toFixed(2) : ''
      return [one.database, sizeText(one.size), operation, exact(p50), exact(p99), whole.format(perSecond), ratio]
    }),
  )
  return tableOf(heading, rows)
}

function clearingTable(all: readonly Measured[]): string {
  const heading = ['database', 'living rows', 'seconds', 'rows a second', 'read p99, longest', 'save p99, longest']
  const pair = (waits: Clearing['reads'], quiet: Clearing['reads']): string =>
    `${exact(waits.p99)}, ${exact(waits.longest)} (${exact(quiet.p99)}, ${exact(quiet.longest)})`
  const rows = all.map(({ database, size, clearing }) => [
    database,
    sizeText(size),
    clearing.seconds.toFixed(1),
    whole.format(clearing.rows / clearing.seconds),
    pair(clearing.reads, clearing.quietReads),
    pair(clearing.saves, clearing.quietSaves),
  ])
  return tableOf(heading, rows)
}

export function reportOf(all: readonly Measured[], versions: readonly string[]): string {
  const date = new Date().toISOString().slice(0, 10)
  const bad = missed(all)
  const promises = `look-ups within ${largestRatio} times the smallest table's, no read waits longer than ${longestWaitMs} ms`
  return [
    `${date}, Node ${process.version}, ${versions.join(', ')}, ${availableParallelism()} cores:`,
    speedTable(all),
    `Clearing ${sizeText(clearedRows)} expired rows; waits in milliseconds, in brackets those with nothing cleared:`,
    clearingTable(all),
    bad.length === 0
      ? `Promised and kept: ${promises}.`
      : `Promised: ${promises}. Missed:\n\n${bad.map(text => `- ${text}`).join('\n')}`,
  ].join('\n\n')
}

const begin = '<!-- size:begin -->'
const end = '<!-- size:end -->'

/** Puts the report between its marks. */
export function writeReport(file: string, report: string): void {
  const text = readFileSync(file, 'utf8')
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${file} has no ${begin} with a ${end} after it.`)
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${report}\n${text.slice(to)}`)
}
