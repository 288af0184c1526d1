/**
 * `npm run bench:sessions`: what the size of `django_session` costs, on SQLite and PostgreSQL.
 *
 * Look-ups, saves and new sessions in tables of 100,000 rows and more, in turn; then a million expired rows are cleared
 * from each while visitors go on. `--rows 1e7` for more than a million (30 GB of disk, a quarter of an hour), `--rounds N`,
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

async function dropAll(): Promise<void> {
  for (const database of made) {
    made.delete(database)
    await database.drop()
  }
}

/** Drops what was made and ends, whatever is going on. */
function interrupt(): void {
  const leave = (): never => process.exit(130)
  dropAll().then(leave, error => {
    console.error(error)
    leave()
  })
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  process.stderr.write(`${what} … `)
  const result = await work()
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  return result
}

async function measureDatabase(name: (typeof databaseNames)[number], versions: string[]): Promise<readonly Measured[]> {
  const tables: SizedTable[] = []
  for (const size of sizes) {
    const database = await makeDatabase(name, one => made.add(one))
    await timed(`${name}: making ${size} rows`, () => database.fill({ from: 0, count: size, expired: false }))
    tables.push(new SizedTable(database, size))
  }
  const version = (await tables[0]?.bench.version()) ?? name
  versions.push(version)

  for (const table of tables) table.open()
  const speeds = await timed(`${name}: ${rounds} rounds`, () => measureSpeeds(tables, rounds))
  for (const table of tables) await table.close()

  const measured: Measured[] = []
  for (const [index, table] of tables.entries()) {
    const { bench: database, size } = table
    await timed(`${name}: adding expired rows to ${size}`, () =>
      database.fill({ from: size, count: clearedRows, expired: true }),
    )
    table.open()
    const clearing = await timed(`${name}: clearing`, () => measureClearing(table))
    await table.close()
    made.delete(database)
    await database.drop()
    const found = speeds[index]
    if (found !== undefined)
      measured.push({ database: version.split(' ', 1)[0] ?? name, size, speeds: found, clearing })
  }
  return measured
}

process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
try {
  const measured: Measured[] = []
  const versions: string[] = []
  for (const name of names) measured.push(...(await measureDatabase(name, versions)))
  const report = reportOf(measured, versions)
  process.stdout.write(`${report}\n`)
  if (values.write) writeReport(join(import.meta.dirname, '../../docs/sessions.md'), report)
  if (missed(measured).length > 0) process.exitCode = 1
} finally {
  await dropAll()
}
