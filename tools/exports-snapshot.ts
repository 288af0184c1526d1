/**
 * Compares what each door exports, values and types, with tests/exports.snapshot.json, so that no name comes or goes
 * unnoticed. `--update` writes the snapshot anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exportsOf } from './source-text.ts'

/** Door to its exported names: `{ "nuages/kit": ["ConfigError", "type Clock"] }`. */
export type Snapshot = Readonly<Record<string, readonly string[]>>

interface PackageJson {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly 'nuages-source': string }>>
}

/** What the doors of the package at `root` export today. A door without a file exports nothing. */
export function readDoors(root: string): Snapshot {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson
  const doors = Object.entries(exports).map(([door, { 'nuages-source': file }]) => {
    const path = join(root, file)
    return [name + door.slice(1), existsSync(path) ? exportsOf(readFileSync(path, 'utf8')) : []] as const
  })
  return Object.fromEntries(doors)
}

/** One line for each name that came or went: `+ nuages/kit: systemClock`. */
export function compareSnapshots(before: Snapshot, now: Snapshot): readonly string[] {
  const lines = (sign: string, from: Snapshot, to: Snapshot): string[] =>
    Object.entries(to).flatMap(([door, names]) =>
      names.filter(name => !from[door]?.includes(name)).map(name => `${sign} ${door}: ${name}`),
    )
  return [...lines('-', now, before), ...lines('+', before, now)]
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname)
  const file = join(root, 'tests/exports.snapshot.json')
  const now = readDoors(root)
  if (process.argv.includes('--update')) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`)
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Snapshot) : {}
  const changes = compareSnapshots(before, now)
  for (const change of changes) console.error(change)
  if (changes.length > 0) {
    console.error('Meant so? Say it in CHANGELOG.md and run `npm run exports:update`.')
    process.exitCode = 1
  }
}
