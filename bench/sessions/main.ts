/**
 * `npm run bench:sessions`: what the size of `django_session` costs, on SQLite and PostgreSQL.
 *
 * Look-ups, saves and new sessions in tables of 100,000 rows and more, in turn; then a million expired rows are cleared
 * from the largest while visitors go on. `--rows 1e7` for more than a million (20 GB of disk, a quarter of an hour), `--rounds N`,
 * `--database sqlite` for one of them, `--write` to put the figures into docs/sessions.md.
 * `TEST_POSTGRES_URL` names a server on which it may make and drop databases.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clearedRows, measureClearing } from './clearing.ts'
import { type BenchDatabase, databaseNames, makeDatabase } from './databases.ts'
import { type Measured, missed, reportOf, writeReport } from './report.ts'
import { measureSpeeds, SizedTable } from './speed.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e6' },
    rounds: { type: 'string', default: '5' },
    database: { type: 'string', multiple: true, default: [...databaseNames] },
    write: { type: 'boolean', default: false },
  },
})
const smallest = 100_000
const rounds = Number(values.rounds)
const sizes: number[] = []
for (let size = smallest; size <= Number(values.rows); size *= 10) sizes.push(size)
const names = databaseNames.filter(name => values.database.includes(name))
if (sizes.length === 0 || names.length === 0 || !(rounds >= 1)) {
  throw new Error(
    `Give --rows of ${smallest} at least, --rounds of 1 at least, --database ${databaseNames.join(' or ')}.`,
  )
}

const made = new Set<BenchDatabase>()

let dropping: Promise<void> | null = null

/** Ends once everything is gone, whoever asked first. */
function dropAll(): Promise<void> {
  dropping ??= Promise.all([...made].map(database => database.drop())).then(() => {})
  return dropping
}

/** Drops what was made and ends, whatever is going on. */
function interrupt(): void {
  const leave = (): never => process.exit(130)
  dropAll().then(leave, error => {
    console.error(error)
    leave()
  })
}

/** Early, to leave the disk and the memory to the others. */
async function drop(database: BenchDatabase): Promise<void> {
  await database.drop()
  made.delete(database)
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  process.stderr.write(`${what} … `)
  const result = await work()
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  return result
}

async function measureDatabase(name: (typeof databaseNames)[number]): Promise<Measured> {
  const tables: SizedTable[] = []
  for (const size of sizes) {
    const database = await makeDatabase(name, one => made.add(one))
    await timed(`${name}: making ${size} rows`, () => database.fill({ from: 0, count: size, expired: false }))
    tables.push(new SizedTable(database, size))
  }
  const version = (await tables[0]?.bench.version()) ?? name

  for (const table of tables) table.open()
  const speeds = await timed(`${name}: ${rounds} rounds`, () => measureSpeeds(tables, rounds))
  for (const table of tables) await table.close()

  const database = version.split(' ', 1)[0] ?? name
  const measured = speeds.map((found, index) => ({ database, size: sizes[index] as number, speeds: found }))
  for (const table of tables.slice(0, -1)) await drop(table.bench)
  const largest = tables.at(-1) as SizedTable
  const expired = { from: largest.size, count: clearedRows, expired: true }
  await timed(`${name}: adding expired rows`, () => largest.bench.fill(expired))
  largest.open()
  const clearing = await timed(`${name}: clearing them`, () => measureClearing(largest))
  await largest.close()
  await drop(largest.bench)
  return { version, speeds: measured, clearing: { database, size: largest.size, ...clearing } }
}

process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
try {
  const measured: Measured[] = []
  for (const name of names) {
    measured.push(await measureDatabase(name))
    if (name !== names.at(-1)) process.stderr.write(`\n${reportOf(measured)}\n\n`)
  }
  const report = reportOf(measured)
  process.stdout.write(`${report}\n`)
  if (values.write) writeReport(join(import.meta.dirname, '../../docs/sessions.md'), report)
  if (missed(measured).length > 0) process.exitCode = 1
} finally {
  await dropAll()
}
