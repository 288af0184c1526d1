/**
 * The table, as Markdown, for the terminal and for docs/performance.md.
 */
import { availableParallelism } from 'node:os'
import { type Contender, floorName } from './contenders.ts'
import type { InstalledFigures } from './installed.ts'
import type { Measured } from './load.ts'
import type { Cell, MeasuredRow } from './measure.ts'
import { median } from './sessions/figures.ts'
import { storeTitles } from './stores.ts'

const oursName = 'nuages'
const dash = '–'

/** The floor's requests of each round, or those of the server's own first scenario. */
function baseOf({ cells, row }: MeasuredRow, cell: Cell): readonly Measured[] {
  const base = row.scenarios.length === 2 ? cell : cells.get(floorName)
  return base !== undefined && 'rounds' in base ? (base.rounds[0] ?? []) : []
}

/** The median of the ratios of the rounds; `null`: there is none. */
function ratioOf(measured: MeasuredRow, name: string): number | null {
  const cell = measured.cells.get(name)
  if (cell === undefined || 'reason' in cell) return null
  const base = baseOf(measured, cell)
  return median(
    (cell.rounds.at(-1) ?? []).map(({ perSecond }, round) => perSecond / (base[round]?.perSecond ?? Number.NaN)),
  )
}

function figureOf(cell: Cell, figure: 'perSecond' | 'p50' | 'p99' | 'processor'): number {
  return 'reason' in cell ? Number.NaN : median((cell.rounds.at(-1) ?? []).map(one => one[figure]))
}

const inThousands = (count: number): string => Math.round(count).toLocaleString('en')

function cellText(measured: MeasuredRow, name: string): string {
  const cell = measured.cells.get(name)
  const ratio = ratioOf(measured, name)
  if (cell === undefined || ratio === null) return dash
  const perSecond = inThousands(figureOf(cell, 'perSecond'))
  if (name === floorName && measured.row.scenarios.length === 1) return perSecond
  const target = name === oursName ? measured.row.targets[measured.store] : undefined
  const isMissed = target !== undefined && ratio < target
  return `${isMissed ? `**${ratio.toFixed(2)}**` : ratio.toFixed(2)} (${perSecond})`
}

function titleOf({ row, store }: MeasuredRow): string {
  return row.isOnce ? row.title : `${row.title}, ${storeTitles[store]}`
}

function latencyText({ cells }: MeasuredRow): string {
  const cell = cells.get(oursName)
  return cell === undefined ? dash : `${figureOf(cell, 'p50').toFixed(2)} / ${figureOf(cell, 'p99').toFixed(2)}`
}

/** Of the server's own process: what a database computes is not in it. */
function processorText({ cells }: MeasuredRow): string {
  const texts = [floorName, oursName].map(name => {
    const cell = cells.get(name)
    return cell === undefined ? dash : figureOf(cell, 'processor').toFixed(0)
  })
  return texts.join(' / ')
}

/** A line for who waits. */
export function rowText(measured: MeasuredRow): string {
  const texts = [...measured.cells.keys()].map(name => `${name} ${cellText(measured, name)}`)
  return `${titleOf(measured)}: ${texts.join('; ')}; processor ${processorText(measured)} µs`
}

function faultsOf(measured: readonly MeasuredRow[]): readonly string[] {
  return measured.flatMap(one =>
    [...one.cells].flatMap(([name, cell]) => {
      const rounds = 'rounds' in cell ? cell.rounds.flat() : []
      const errors = rounds.reduce((sum, round) => sum + round.errors, 0)
      const wrong = rounds.find(round => round.wrong !== null)?.wrong
      return errors === 0
        ? []
        : [`${titleOf(one)}: ${errors} wrong answers of ${name}, such as ${JSON.stringify(wrong)}`]
    }),
  )
}

export function hasWrongAnswers(measured: readonly MeasuredRow[]): boolean {
  return faultsOf(measured).length > 0
}

/** What was measured, for other programs. */
export function rawOf(measured: readonly MeasuredRow[]): unknown {
  return measured.map(({ row, store, cells }) => ({
    title: row.title,
    store,
    targets: row.targets,
    cells: Object.fromEntries(cells),
  }))
}

export interface Report {
  readonly taking: readonly Contender[]
  readonly measured: readonly MeasuredRow[]
  readonly installed: InstalledFigures | null
  readonly notes: readonly string[]
  readonly versions: readonly string[]
  readonly plan: {
    readonly rounds: number
    readonly seconds: number
    readonly warmUp: number
    readonly cold: number
  }
  readonly minutes: number
}

function tableOf({ taking, measured }: Report): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const heading = [
    'scenario',
    'target',
    ...taking.map(({ title }) => title),
    'Nuages, p50 / p99 ms',
    'processor µs a request, floor / Nuages',
  ]
  const lines = measured.map(one => {
    const target = one.row.targets[one.store]
    const cells = taking.map(({ name }) => cellText(one, name))
    return [titleOf(one), target?.toFixed(2) ?? '', ...cells, latencyText(one), processorText(one)]
  })
  return [heading, heading.map((_, column) => (column === 0 ? '---' : '---:')), ...lines].map(line).join('\n')
}

/** Why a cell has no figure, once for each reason of a contender. */
function reasonsOf({ taking, measured }: Report): readonly string[] {
  return taking.flatMap(({ name, title }) => {
    const reasons = new Map<string, string[]>()
    for (const one of measured) {
      const cell = one.cells.get(name)
      if (cell !== undefined && 'reason' in cell)
        reasons.set(cell.reason, [...(reasons.get(cell.reason) ?? []), titleOf(one)])
    }
    return [...reasons].map(([reason, titles]) => `${title}: no figure for “${titles.join('”, “')}”: ${reason}.`)
  })
}

/** Promised of the package: its start against the floor's, packages, bytes. */
const mostStartRatio = 1.4
const mostPackages = 11
const mostBytes = 8 * 2 ** 20

function missedOfInstalled({ ratio, packages, bytes }: InstalledFigures): readonly string[] {
  return [
    ...(ratio > mostStartRatio ? [`start to first answer (${ratio.toFixed(2)} of at most ${mostStartRatio})`] : []),
    ...(packages > mostPackages ? [`${packages} packages`] : []),
    ...(bytes > mostBytes ? [`${inMebibytes(bytes)} MiB`] : []),
  ]
}

function targetsText({ taking, measured, installed }: Report): string {
  if (!taking.some(({ name }) => name === oursName)) return ''
  const missed = measured.flatMap(one => {
    const target = one.row.targets[one.store]
    const ratio = ratioOf(one, oursName)
    const isMissed = target !== undefined && ratio !== null && ratio < target
    return isMissed ? [`${titleOf(one)} (${ratio.toFixed(2)} of ${target})`] : []
  })
  const all = [...missed, ...(installed === null ? [] : missedOfInstalled(installed))]
  return all.length === 0 ? 'Every target is reached.' : `Missed: ${all.join('; ')}.`
}

export function reportOf(report: Report): string {
  const { plan, versions, notes, installed, measured, minutes } = report
  const date = new Date().toISOString().slice(0, 10)
  const { rounds, seconds, warmUp, cold } = plan
  return [
    `${date}, Node ${process.version}, ${availableParallelism()} cores, medians of ${rounds} rounds of ${seconds} s after ${warmUp} s to warm up, 64 connections (8 for logins), ${Math.round(minutes)} minutes in all. Ratio to the floor in the same round, and requests a second; in the line of the routes, of the last route to the first of the same server. Warm: 50 sessions in turn; cold: each request another one of ${inThousands(cold)}.`,
    tableOf(report),
    ...(installed === null ? [] : [installedText(installed)]),
    targetsText(report),
    [...reasonsOf(report), ...notes, ...faultsOf(measured)].map(text => `- ${text}`).join('\n'),
    `${versions.join('; ')}.`,
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

const inMebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

function installedText({ floorMs, oursMs, ratio, packages, bytes, starts }: InstalledFigures): string {
  const start = `start to first answer, median of ${starts}: floor ${floorMs.toFixed(0)} ms, Nuages ${oursMs.toFixed(0)} ms`
  return [
    '| of the installed package | at most | |',
    '| --- | ---: | ---: |',
    `| ${start} | ${mostStartRatio} | ${ratio.toFixed(2)} |`,
    `| \`npm install nuages\`, with SQLite: packages | ${mostPackages} | ${packages} |`,
    `| MiB on the disk | ${mostBytes / 2 ** 20} | ${inMebibytes(bytes)} |`,
  ].join('\n')
}
