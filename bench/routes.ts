/**
 * What one `resolve` costs as the table grows: nanoseconds, median of many rounds.
 *
 * Run it with `node --conditions=nuages-source bench/routes.ts`. 10,000 routes should cost no more than 10:
 * the last column is the cost at 10,000 over the cost at 10, and the rows are measured in turn, round by round, so that
 * a slow moment of the machine meets them all.
 */
import { createResolver, path, type Resolver } from 'nuages/urls'

const sizes = [10, 100, 1_000, 10_000] as const
const rounds = 41
const callsPerRound = 20_000

const view = (): null => null

/** An API of `size` routes: half of them without parameters, half with, and two odd shapes at the end. */
function createTable(size: number): Resolver {
  const routes = Array.from({ length: size / 2 - 1 }, (_, index) => [
    path(`api/thing${index}/`, view),
    path(`api/thing${index}/<int:id>/items/<slug:item>/`, view),
  ])
  return createResolver([...routes.flat(), path('file-<str:name>.json', view), path('media/<path:file>', view)])
}

const cases: Readonly<Record<string, (size: number) => string>> = {
  'plain, first': () => '/api/thing0/',
  'plain, last': size => `/api/thing${size / 2 - 2}/`,
  'parameters, first': () => '/api/thing0/42/items/blue-kite/',
  'parameters, last': size => `/api/thing${size / 2 - 2}/42/items/blue-kite/`,
  'odd, mixed segment': () => '/file-report.json',
  'odd, path': () => '/media/a/b/c.png',
  'miss, first segment': () => '/nothing/here/',
  'miss, last segment': size => `/api/thing${size / 2 - 2}/42/items/blue-kite`,
}

let kept: unknown

function measure(resolver: Resolver, text: string): number {
  const began = process.hrtime.bigint()
  // A path is a new string for every request, so its hash is not known yet.
  for (let call = 0; call < callsPerRound; call++) kept = resolver.resolve(` ${text}`.slice(1))
  return Number(process.hrtime.bigint() - began) / callsPerRound
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] as number
}

const tables = sizes.map(size => ({ size, resolver: createTable(size) }))
console.log(`${'ns per resolve'.padEnd(22)}${sizes.map(size => String(size).padStart(9)).join('')}    10,000 / 10`)
for (const [name, toPath] of Object.entries(cases)) {
  const times = tables.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { size, resolver }] of tables.entries()) times[index]?.push(measure(resolver, toPath(size)))
  }
  const medians = times.map(median)
  const ratio = (medians.at(-1) as number) / (medians[0] as number)
  console.log(
    `${name.padEnd(22)}${medians.map(time => time.toFixed(0).padStart(9)).join('')}${ratio.toFixed(2).padStart(15)}`,
  )
}
if (kept === undefined) throw new Error('Nothing was resolved.')
