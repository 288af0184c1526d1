/**
 * `npm run deployment`: a site on several hosts, on this machine: nginx, two hosts with workers, PgBouncer, PostgreSQL, three nodes of a Redis Cluster.
 *
 * Prints the addresses and stays until Ctrl-C. `npm run deployment -- race [OPTIONS OF THE RACE]` races on it and ends; `… -- faults [NAME] [--seconds N] [--write]`
 * lets its parts fail under load, and counts; `--write` puts the table into docs/scaling.md. Nothing stays behind, even when this process is killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { provoke } from './faults.ts'
import { Outside, whatIsMissing } from './outside.ts'

const { values, positionals } = parseArgs({
  options: {
    engines: { type: 'string', default: 'db,cache' },
    workers: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
  strict: false,
})
const [command = 'stay'] = positionals
const interrupted = new Promise<void>(resolve => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
})

async function race({ urls }: Outside): Promise<number> {
  const program = ['--conditions=nuages-source', join(import.meta.dirname, '../race/main.ts')]
  const sites = Object.entries(urls).flatMap(([engine, url]) => ['--url', `${engine}=${url}`])
  const own = process.argv.slice(process.argv.indexOf('race') + 1)
  const [code] = await once(spawn(process.execPath, [...program, ...sites, ...own], { stdio: 'inherit' }), 'exit')
  return Number(code ?? 1)
}

async function use(outside: Outside): Promise<number> {
  await outside.start({ engines: String(values.engines).split(','), workers: Number(values.workers) })
  if (command === 'race') return await race(outside)
  if (command === 'faults')
    return await provoke(outside, {
      seconds: Number(values.seconds),
      only: positionals[1] ?? '',
      write: values.write === true,
    })
  for (const [engine, url] of Object.entries(outside.urls)) console.log(`sessions in ${engine}: ${url}/`)
  console.log('Ctrl-C ends it.')
  await interrupted
  return 0
}

const problem = whatIsMissing()
if (problem !== null) {
  console.error(problem)
  process.exit(1)
}
const outside = new Outside()
try {
  process.exitCode = await Promise.race([use(outside), interrupted.then(() => 130)])
} finally {
  await outside.stop()
}
process.exit()
