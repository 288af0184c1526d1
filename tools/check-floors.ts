/**
 * Checks how the house is built: imports point down only, through the face.
 *
 * Also: modules that only one file or room may import, `process.env`, words that must not stay in `src`, examples that
 * look behind the doors, and paths that exist only on somebody's machine.
 *
 * `node tools/check-floors.ts` prints one line per fault and exits with 1 when there is one.
 */
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { codeOf, filesIn, type Import, importsOf, lineAt, textOf } from './source-text.ts'

/** From the ground up. A room may import rooms of lower floors, and none of its own floor. */
const floors: readonly (readonly string[])[] = [
  ['kit', 'client'],
  ['signing'],
  ['settings', 'db', 'redis'],
  ['urls', 'http'],
  ['files'],
  ['forms', 'sessions', 's3', 'images'],
  ['csrf', 'mail'],
  ['auth'],
  ['middleware', 'views', 'messages', 'tus'],
  ['telemetry', 'openapi'],
  ['node', 'app'],
  ['testing', 'cli', 'express', 'fastify', 'hono'],
]
/** Neighbours on one floor, the first of which may look at the second. */
const neighbours: readonly string[] = ['middleware views']

/** Modules that reach out of the process: the room that may import them, and in how many of its files. */
const guarded: Readonly<Record<string, { readonly room: string; readonly files: number }>> = {
  'node:sqlite': { room: 'db', files: 1 },
  'node:http': { room: 'node', files: 1 },
  'node:cluster': { room: 'cli', files: 1 },
  'node:child_process': { room: 'cli', files: 2 },
}

export interface Fault {
  readonly file: string
  readonly line: number
  readonly problem: string
}

const sourceFile = /\.(?:ts|tsx|mts|js|mjs)$/
const isTest = (file: string): boolean => /\.test(?:-d)?\.ts$/.test(file)

/** Every fault of the tree at `root`, in the order of the files. */
export function checkFloors(root: string): readonly Fault[] {
  const faults: Fault[] = []
  const guardedIn = new Map<string, string[]>()
  for (const file of filesIn(root)) {
    const text = textOf(join(root, file))
    if (text === null) continue
    const add = (line: number, problem: string): void => void faults.push({ file, line, problem })
    checkPaths({ root, file, text, add })
    if (!sourceFile.test(file)) continue
    for (const found of importsOf(text)) {
      const problem = importProblem(root, file, found)
      if (problem !== null) add(found.line, problem)
      if (file.startsWith('src/') && !isTest(file) && found.specifier in guarded) {
        const files = guardedIn.get(found.specifier) ?? []
        guardedIn.set(found.specifier, files.includes(file) ? files : [...files, file])
      }
    }
    if (file.startsWith('src/')) checkWords(file, text, add)
  }
  return [...faults, ...guardedFaults(guardedIn)]
}

/** What is wrong with one import, or `null`. */
function importProblem(root: string, file: string, { specifier, isAugmentation }: Import): string | null {
  if (!specifier.startsWith('.')) {
    if (!/^nuages(?:\/|$)/.test(specifier) || !file.startsWith('src/') || isTest(file)) return null
    return `imports its own package by name: '${specifier}'`
  }
  const target = resolve(root, dirname(file), specifier)
  if (!target.startsWith(`${root}/`)) return `imports '${specifier}', outside the repository`
  const relative = target.slice(root.length + 1)
  if (file.startsWith('examples/')) {
    const folder = file.split('/', 2).join('/')
    return relative.startsWith(`${folder}/`) ? null : `imports '${specifier}': an example uses 'nuages' and its doors`
  }
  if (!file.startsWith('src/') || (isTest(file) && !relative.startsWith('src/'))) return null
  return roomProblem(file, relative, isAugmentation)
}

const addFloor = 'add it to tools/check-floors.ts'

function roomProblem(file: string, target: string, isAugmentation: boolean): string | null {
  if (!target.startsWith('src/')) return `imports '${target}', outside src`
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === to) return null
  // The visitor of the tests drives a whole app, also in a test that stands beside a lower room's code.
  if (to === 'testing' && file.endsWith('.test.ts')) return null
  if (to === null) return `imports src/index.ts, the roof`
  if (floorOf(to) === -1) return `imports the room '${to}', which stands on no floor: ${addFloor}`
  if (from !== null && floorOf(from) === -1) return `is in the room '${from}', which stands on no floor: ${addFloor}`
  if (from !== null && floorOf(from) <= floorOf(to) && !neighbours.includes(`${from} ${to}`)) {
    return `imports upwards or sideways: '${from}' may not know '${to}'`
  }
  if (!isAugmentation && target !== `src/${to}/index.ts`) return `imports '${target}': go through src/${to}/index.ts`
  return null
}

/** The room a file of `src` stands in; `null` for `src/index.ts`, which stands on the roof and may import every room. */
function roomOf(file: string): string | null {
  const parts = file.split('/')
  return parts.length > 2 ? (parts[1] ?? null) : null
}

function floorOf(room: string): number {
  return floors.findIndex(floor => floor.includes(room))
}

function guardedFaults(guardedIn: ReadonlyMap<string, readonly string[]>): readonly Fault[] {
  const faults: Fault[] = []
  for (const [name, files] of guardedIn) {
    const { room, files: most } = guarded[name] ?? { room: '', files: 0 }
    const inside = files.filter(file => roomOf(file) === room)
    for (const file of files) {
      if (inside.includes(file)) continue
      faults.push({ file, line: 1, problem: `imports ${name}, which only the room '${room}' may` })
    }
    if (inside.length <= most) continue
    const problem = `imports ${name}, which ${most} file of src/${room} may (${inside.join(', ')})`
    faults.push({ file: inside.at(-1) ?? '', line: 1, problem })
  }
  return faults
}

function checkWords(file: string, text: string, add: (line: number, problem: string) => void): void {
  for (const { index, 0: word } of text.matchAll(/\b(?:TODO|FIXME|XXX)\b|@ts-(?:ignore|nocheck)\b/g)) {
    add(lineAt(text, index), `has ${word}: do it, or write it where its reader will look`)
  }
  if (file.startsWith('src/settings/') || isTest(file)) return
  const code = codeOf(text)
  for (const { index } of code.matchAll(/\bprocess\.env\b|\benv\b[^'\n]*\bfrom 'node:process'/g)) {
    add(lineAt(code, index), 'reads process.env: only the settings room may')
  }
}

interface PathCheck {
  readonly root: string
  readonly file: string
  readonly text: string
  readonly add: (line: number, problem: string) => void
}

/** Refuses paths of the machine at hand. Tests alone may read the folder that can lie beside the repository. */
function checkPaths({ root, file, text, add }: PathCheck): void {
  const shared = ['..', 'shared'].join('/')
  const paths = [root, resolve(root, shared), homedir()].filter(path => path.lastIndexOf('/') > 0)
  if (!file.startsWith('tests/') && !isTest(file)) paths.push(shared)
  for (const path of paths) {
    const index = text.indexOf(path)
    if (index !== -1) add(lineAt(text, index), `names ${path}, which is outside the repository`)
  }
}

if (import.meta.main) {
  const faults = checkFloors(dirname(import.meta.dirname))
  for (const { file, line, problem } of faults) console.error(`${file}:${line} ${problem}`)
  if (faults.length > 0) process.exitCode = 1
}
