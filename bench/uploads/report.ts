/**
 * The table, as Markdown, for the terminal and for docs/performance.md.
 */
import { availableParallelism } from 'node:os'
import { type Load, loadFor } from './measure.ts'
import { type Racer, yardstick } from './racers.ts'
import { mebibyte, sizeText } from './sizes.ts'

/** All that was measured of one server. */
export interface Measured {
  readonly racer: Racer
  /** Bytes a second, by rounds. */
  readonly speeds: readonly number[]
  /** Over the idle server, in bytes. */
  readonly largePeak: number
  readonly manyPeak: number
}

/** What was sent. */
export interface Plan {
  readonly large: Load
  readonly many: Load
  readonly speed: { readonly bytes: number; readonly rounds: number }
}

/** Promised: one upload, however large, takes no more memory than this. */
const mostLargePeak = 64 * mebibyte
/** Promised: one more at once takes no more than this, however large it is. */
const mostEachPeak = 2 * mebibyte
/** Promised, of the throughput of the yardstick. */
const leastRatio = 0.9

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** The median of what a server reached of the yardstick in the same round. */
function ratioOf({ speeds }: Measured, all: readonly Measured[]): number {
  const measure = all.find(({ racer }) => racer.name === yardstick)?.speeds ?? []
  return median(speeds.map((speed, round) => speed / (measure[round] ?? Number.NaN)))
}

/** What was promised and is not so, a line for each. */
export function missed(all: readonly Measured[], { large, many }: Plan): readonly string[] {
  return all.flatMap(one => {
    const { racer, largePeak, manyPeak } = one
    if (!racer.isOurs) return []
    const mostManyPeak = mostLargePeak + many.count * mostEachPeak
    const ratio = ratioOf(one, all)
    return [
      ...(largePeak > mostLargePeak ? [`one upload of ${sizeText(large.bytes)} takes ${sizeText(largePeak)}`] : []),
      ...(manyPeak > mostManyPeak ? [`${many.count} uploads at once take ${sizeText(manyPeak)}`] : []),
      ...(ratio < leastRatio ? [`${ratio.toFixed(2)} of the throughput of ${yardstick}`] : []),
    ].map(problem => `${racer.name}: ${problem}.`)
  })
}

const inMebibytes = (bytes: number): string => (bytes / mebibyte).toFixed(0)
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function tableOf(all: readonly Measured[], { large, many, speed }: Plan): string {
  const heading = [
    'server',
    `MiB a second, of ${sizeText(speed.bytes)}`,
    `to ${yardstick}`,
    `peak MiB over idle, one of ${sizeText(large.bytes)}`,
    `${many.count} of ${sizeText(many.bytes)} at once`,
  ]
  const rows = all.map(one => {
    const { racer, speeds, largePeak, manyPeak } = one
    // Says so where a server was given less than the others.
    const less = (load: Load): string => {
      const { bytes } = loadFor(racer, load)
      return bytes === load.bytes ? '' : ` (of ${sizeText(bytes)})`
    }
    return [
      racer.name,
      inMebibytes(median(speeds)) + less({ count: 1, bytes: speed.bytes }),
      ratioOf(one, all).toFixed(2),
      inMebibytes(largePeak) + less(large),
      inMebibytes(manyPeak) + less(many),
    ]
  })
  return [line(heading), line(heading.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}

export function reportOf(all: readonly Measured[], plan: Plan): string {
  const date = new Date().toISOString().slice(0, 10)
  const bad = missed(all, plan)
  const promises = [
    `at most ${sizeText(mostLargePeak)} over idle for one upload, ${sizeText(mostEachPeak)} more for each other at once`,
    `${leastRatio * 100} % of the throughput of ${yardstick}`,
  ].join(', ')
  const verdict = bad.length === 0 ? 'All of it holds.' : `Missed:\n\n${bad.map(text => `- ${text}`).join('\n')}`
  return [
    `${date}, Node ${process.version}, ${availableParallelism()} cores, medians of ${plan.speed.rounds} rounds:`,
    tableOf(all, plan),
    `Promised of Nuages: ${promises}. ${verdict}`,
  ].join('\n\n')
}
