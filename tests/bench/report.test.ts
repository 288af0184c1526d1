/**
 * The table of the benchmark hides nothing: missed targets, wrong answers, and who was not measured.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Contender, contenders } from '../../bench/contenders.ts'
import type { Measured } from '../../bench/load.ts'
import type { Cell, MeasuredRow } from '../../bench/measure.ts'
import { publish } from '../../bench/publish.ts'
import { hasWrongAnswers, type Report, reportOf } from '../../bench/report.ts'
import { type Row, rows } from '../../bench/scenarios.ts'
import { temporaryFolder } from '../real-parts.ts'

const taking: readonly Contender[] = contenders.slice(0, 3)
const [floor, ours, other] = taking.map(({ name }) => name) as [string, string, string]
const ping = rows[0] as Row

function rounds(...perSecond: number[]): readonly Measured[] {
  return perSecond.map(figure => ({
    perSecond: figure,
    p50: 1,
    p99: 2,
    processor: 10,
    errors: 0,
    wrong: null,
    next: 0,
  }))
}

function rowOf(cells: Readonly<Record<string, Cell>>, row: Row = ping): MeasuredRow {
  return { row, store: 'sqlite', cells: new Map(Object.entries(cells)) }
}

function textOf(
  measured: readonly MeasuredRow[],
  { notes = [], installed = null }: Partial<Pick<Report, 'notes' | 'installed'>> = {},
): string {
  const plan = { rounds: 3, seconds: 1, warmUp: 2, cold: 100 }
  const report: Report = { taking, measured, notes, plan, installed, versions: ['floor'], minutes: 1 }
  return reportOf(report)
}

test('a ratio is the median of the ratios of the rounds, not that of the medians', () => {
  const text = textOf([
    rowOf({ [floor]: { rounds: [rounds(100, 200, 1000)] }, [ours]: { rounds: [rounds(100, 200, 500)] } }),
  ])
  assert.match(text, /\| 200 \| 1\.00 \(200\) \|/)
  assert.match(text, /Every target is reached/)
})

test('a missed target is in bold, and told', () => {
  const text = textOf([rowOf({ [floor]: { rounds: [rounds(100)] }, [ours]: { rounds: [rounds(90)] } })])
  assert.match(text, /\*\*0\.90\*\* \(90\)/)
  assert.match(text, /Missed: JSON ping \(0\.90 of 0\.95\)/)
})

test('what the installed package promises and misses is told', () => {
  const good = { packages: 6, bytes: 2 ** 22, starts: 5, floorMs: 40, oursMs: 50, ratio: 1.25 }
  assert.match(textOf([], { installed: good }), /Every target is reached/)
  for (const [bad, told] of [
    [{ ratio: 1.41 }, /Missed: start to first answer \(1\.41 of at most 1\.4\)/],
    [{ packages: 12 }, /Missed: 12 packages/],
    [{ bytes: 9 * 2 ** 20 }, /Missed: 9\.0 MiB/],
  ] as const)
    assert.match(textOf([], { installed: { ...good, ...bad } }), told)
})

test('the last route is compared with the first of the same server', () => {
  const routes = rows.find(({ scenarios }) => scenarios.length === 2) as Row
  const text = textOf([
    rowOf({ [floor]: { rounds: [rounds(100), rounds(100)] }, [ours]: { rounds: [rounds(80), rounds(60)] } }, routes),
  ])
  assert.match(text, /1\.00 \(100\) \| \*\*0\.75\*\* \(60\)/)
})

test('one wrong answer is told, and makes the command fail', () => {
  const wrong = rounds(100).map(round => ({ ...round, errors: 1, wrong: 'HTTP/1.1 500' }))
  const measured = [rowOf({ [floor]: { rounds: [rounds(100)] }, [other]: { rounds: [wrong] } })]
  assert.equal(hasWrongAnswers(measured), true)
  assert.match(textOf(measured), /1 wrong answers of express, such as "HTTP\/1\.1 500"/)
  assert.equal(hasWrongAnswers([rowOf({ [floor]: { rounds: [rounds(100)] } })]), false)
})

test('who cannot do a scenario has a dash, and below it the reason', () => {
  const text = textOf([rowOf({ [floor]: { rounds: [rounds(100)] }, [other]: { reason: 'it has no carts' } })], {
    notes: ['Left out.'],
  })
  assert.match(text, /\| 100 \| – \| – \|/)
  assert.match(text, /- Express: no figure for “JSON ping”: it has no carts\./)
  assert.match(text, /- Left out\./)
})

test('the report replaces what stands between its marks, and needs them', t => {
  const file = join(temporaryFolder(t), 'page.md')
  writeFileSync(file, 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n')
  publish(file, 'bench', 'new')
  assert.equal(readFileSync(file, 'utf8'), 'before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n')
  writeFileSync(file, 'no marks')
  assert.throws(() => publish(file, 'bench', 'new'), /no <!-- bench:begin -->/)
})
