/**
 * `npm run bench:sessions`: what the size of `django_session` costs, on SQLite and PostgreSQL.
 *
 * Look-ups, saves and new sessions in tables of 100,000 rows and more, in turn; then a million expired rows are cleared
 * from the largest while visitors go on. `--rows 1e7` for more than a million (20 GB of disk, a quarter of an hour), `--rounds N`,
 * `--database sqlite` for one of them, `--clear-seconds N` (300) for the longest clearing, `--write` to put the figures into docs/sessions.md.
 * `TEST_POSTGRES_URL` names a server on which it may make and drop databases.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { publish } from '../publish.ts'
import { clearedRows, measureClearing } from './clearing.ts'
import { type BenchDatabase, type DatabaseName, databaseNames, makeDatabase } from './databases.ts'
import { type Measured, missed, reportOf, type SizedSpeeds, speedTable } from './report.ts'
import { measureSpeeds, SizedTable } from './speed.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e6' },
    rounds: { type: 'string', default: '5' },
    database: { type: 'string', multiple: true, default: [...databaseNames] },
    'clear-seconds': { type: 'string', default: '300' },
    write: { type: 'boolean', default: false },
  },
})
const smallest = 100_000
const rounds = Number(values.rounds)
const clearSeconds = Number(values['clear-seconds'])
const sizes: number[] = []
for (let size = smallest; size <= Number(values.rows); size *= 10) sizes.push(size)
const names = databaseNames.filter(name => values.database.includes(name))
if (sizes.length === 0 || names.length === 0 || !(rounds >= 1) || !(clearSeconds >= 1)) {
  throw new Error(
    `Give --rows of ${smallest} at least, --rounds of 1 at least, --database ${databaseNames.join(' or ')}.`,
  )
}

const labels = { sqlite: 'SQLite', postgresql: 'PostgreSQL' } as const
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

/** The tables of one database, each with its rows. */
async function makeTables(name: DatabaseName): Promise<readonly SizedTable[]> {
  const tables: SizedTable[] = []
  for (const size of sizes) {
    const database = await makeDatabase(name, one => made.add(one))
    await database.fill({ from: 0, count: size, expired: false })
    tables.push(new SizedTable(database, size))
  }
  return tables
}

async function measureSizes(tables: readonly SizedTable[]): Promise<readonly SizedSpeeds[]> {
  for (const table of tables) table.open()
  const speeds = await measureSpeeds(tables, rounds)
  for (const table of tables) await table.close()
  for (const table of tables.slice(0, -1)) await drop(table.bench)
  return tables.map(({ bench, size }, index) => ({
    database: labels[bench.name],
    size,
    speeds: speeds[index] as SizedSpeeds['speeds'],
  }))
}

async function measureLargest(table: SizedTable): Promise<Measured['clearing']> {
  table.open()
  const clearing = await measureClearing(table, clearSeconds)
  await table.close()
  const { bench, size } = table
  return { database: labels[bench.name], size, ...clearing }
}

async function measure(): Promise<readonly Measured[]> {
  const all = await timed('making rows', () => Promise.all(names.map(makeTables)))
  const speeds: (readonly SizedSpeeds[])[] = []
  for (const tables of all) speeds.push(await timed(`${rounds} rounds`, () => measureSizes(tables)))
  process.stderr.write(`${speedTable(speeds)}\n`)
  const largest = all.map(tables => tables.at(-1) as SizedTable)
  await timed('adding expired rows', () =>
    Promise.all(largest.map(({ bench, size }) => bench.fill({ from: size, count: clearedRows, expired: true }))),
  )
  const measured: Measured[] = []
  for (const [index, table] of largest.entries()) {
    const clearing = await timed(`clearing them (${table.bench.name})`, () => measureLargest(table))
    const version = await table.bench.version()
    await drop(table.bench)
    measured.push({ version, speeds: speeds[index] as readonly SizedSpeeds[], clearing })
  }
  return measured
}

process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
try {
  const measured = await measure()
  const report = reportOf(measured)
  process.stdout.write(`${report}\n`)
  if (values.write) publish(join(import.meta.dirname, '../../docs/sessions.md'), 'size', report)
  if (missed(measured).length > 0) process.exitCode = 1
} finally {
  await dropAll()
}
