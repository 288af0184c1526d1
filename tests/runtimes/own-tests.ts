/**
 * The repository's own tests, from source: all of the gate's on Node 24, those of the rooms on Bun and Deno.
 */
import { basename, delimiter, join } from 'node:path'
import { testFiles, unitTestFiles } from '../../tools/test-files.ts'
import { differenceOf, whyLeftOut } from './differences.ts'
import { type Runtime, root, runProgram } from './runtimes.ts'

/** A test that ended otherwise than it should, or a file that did not end. */
export interface Surprise {
  readonly file: string
  readonly test: string
  readonly output: string
}

export interface RoomsReport {
  readonly files: number
  readonly passed: number
  /** Tests that failed as ./differences.ts says, and files that it leaves out, by its reason. */
  readonly expected: ReadonlyMap<string, readonly string[]>
  readonly surprises: readonly Surprise[]
}

const filePatienceMs = 120_000
const allPatienceMs = 3_600_000

/** Runs the unit tests of the gate, and shows what its reporter says. Resolves whether all passed. */
export async function runUnits({ nodeFolder, test }: Runtime): Promise<boolean> {
  const reporter = ['--test-reporter=./tools/test-reporter.ts', '--test-reporter-destination=stdout']
  const command = [...test, '--test-timeout=300000', '--test-concurrency=2', ...reporter, ...unitTestFiles()]
  const env = {
    PATH: [nodeFolder, join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    // Of the programs that tests start, too: an older Node calls its SQLite an experiment.
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
  }
  return (await runProgram(command, { cwd: root, env, patienceMs: allPatienceMs, isShown: true })).status === 0
}

/** The tests of the rooms, but for the command line, which runs on Node. One process for each file. */
export async function runRooms(runtime: Runtime, only: string): Promise<RoomsReport> {
  const files = testFiles(['src']).filter(file => !file.startsWith('src/cli/') && file.includes(only))
  const expected = new Map<string, string[]>()
  const surprises: Surprise[] = []
  let passed = 0
  for (const file of files) {
    const leftOut = whyLeftOut(runtime.name, file)
    if (leftOut !== null) {
      expected.set(leftOut, [...(expected.get(leftOut) ?? []), basename(file)])
      continue
    }
    const command = [...runtime.test, `./${file}`]
    const { status, output } = await runProgram(command, { cwd: root, patienceMs: filePatienceMs })
    const failed = failedIn(output)
    passed += passedIn(output)
    for (const test of failed) {
      const why = differenceOf(runtime.name, file, test)
      if (why === null) surprises.push({ file, test, output })
      else expected.set(why, [...(expected.get(why) ?? []), `${basename(file)}: ${test}`])
    }
    if (status !== 0 && failed.length === 0) surprises.push({ file, test: 'the file', output })
  }
  return { files: files.length, passed, expected, surprises }
}

/** Names of tests, as Bun and Deno tell them. A suite fails because a test in it did. */
function failedIn(output: string): readonly string[] {
  const names = output.split('\n').flatMap(line => {
    const bun = /^\(fail\) (.*?)(?: \[[\d.]+ms\])?$/.exec(line)?.[1]?.split(' > ').at(-1)
    const deno = line.includes('due to') ? undefined : /^\s*(.+?) \.\.\. FAILED\b/.exec(line)?.[1]
    return bun ?? deno ?? []
  })
  return [...new Set(names)]
}

function passedIn(output: string): number {
  const bun = /^ (\d+) pass$/m.exec(output)?.[1]
  const deno = /\| (\d+) passed(?: \((\d+) steps?\))? \|/.exec(output)
  return Number(bun ?? deno?.[2] ?? deno?.[1] ?? 0)
}
