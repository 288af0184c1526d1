/**
 * The gate: every check a change must pass, one line each, the whole output only of what fails.
 *
 * `npm test` runs all of it, `npm run check` the part that takes seconds, `npm test -- src/urls` only the tests of the
 * paths named. Every step runs, whatever failed before it. With CI=true a test that is skipped or postponed is a failure.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { testFiles, unitTestFiles } from './test-files.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
  /** A step of `node --test`: its closing lines are added up. */
  readonly hasTests?: true
}

interface Outcome {
  readonly status: number
  readonly output: string
}

const root = dirname(import.meta.dirname)
/** No step takes as long: what does, hangs. */
const stepTimeoutSeconds = 560
const testTimeoutSeconds = 180
/** Many tests wait, for a server to start or to be given up: one more than there are processors. */
const testsAtOnce = availableParallelism() + 1
const counts = ['tests', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const
/** Hundreds of processes read the same sources: without it each takes their types out anew, which is half of the work of a short test. */
const compileCache = join(root, '.cache/compile')
/** Programs that use Nuages as a user would; their exports need no written types. */
const programs = [
  'bench',
  'examples/hono',
  'examples/resumable',
  'examples/store',
  'examples/store/browser',
  'examples/express',
  'examples/fastify',
  'templates/site',
]
const fromSource = ['node', '--conditions=nuages-source']

const staticSteps: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  ...programs.map(folder => ({ name: `types of ${folder}`, command: ['tsc', '-p', folder] })),
  { name: 'floors', command: ['node', 'tools/check-floors.ts'] },
  { name: 'error catalogue', command: ['node', 'tools/check-errors.ts'] },
  { name: 'settings reference', command: [...fromSource, 'tools/settings-reference.ts', '--check'] },
  { name: 'exports', command: ['node', 'tools/exports-snapshot.ts'] },
]

function runningSteps(): readonly Step[] {
  return [
    { name: 'unit tests', command: testCommand('./tools/test-reporter.ts', unitTestFiles()), hasTests: true },
    { name: 'examples in the docs', command: ['node', 'tools/check-docs.ts'] },
    {
      name: 'package, installed',
      command: testCommand('./tools/test-reporter.ts', testFiles(['tests/package'])),
      hasTests: true,
    },
  ]
}

function testCommand(
  reporter: string,
  files: readonly string[],
  more: readonly string[] = ['--import=./tools/plain-promises.ts'],
): readonly string[] {
  const limits = `--test-timeout=${testTimeoutSeconds * 1000}`
  return [
    ...fromSource,
    ...more,
    '--test',
    limits,
    `--test-concurrency=${testsAtOnce}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    ...files,
  ]
}

/** Runs a step. With `isShown`, what it writes goes straight to the terminal. */
function run(command: readonly string[], isShown = false): Promise<Outcome> {
  const [program = '', ...args] = command
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  // A shell in which a site runs in production must not change what is tested.
  const { NODE_ENV: _, ...env } = process.env
  const child = spawn(program, args, {
    cwd: root,
    env: { ...env, PATH: path, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    timeout: stepTimeoutSeconds * 1000,
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', text => (output += text))
  child.stderr?.setEncoding('utf8').on('data', text => (output += text))
  return new Promise(resolve => {
    child.on('error', error => resolve({ status: 1, output: `${program}: ${error.message}\n` }))
    child.on('exit', async (status, signal) => {
      // What a failed test left running may hold the output open for ever.
      await Promise.race([once(child, 'close'), setTimeout(2000)])
      if (signal !== null) output += `Ended by ${signal} after at most ${stepTimeoutSeconds} seconds.\n`
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve({ status: status ?? 1, output })
    })
  })
}

/** Runs the steps, as many at once as there are processors; answers the names of those that failed. */
async function runAll(steps: readonly Step[]): Promise<readonly string[]> {
  const failed: string[] = []
  const totals = new Map<string, number>()
  const waiting = [...steps]
  const worker = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAt = performance.now()
      const { status, output } = await run(step.command)
      if (step.hasTests === true) addCounts(totals, output)
      if (status !== 0) failed.push(step.name)
      print(step, { status, output }, performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
  if (totals.size === 0) return failed
  for (const name of counts) console.log(`# ${name} ${totals.get(name) ?? 0}`)
  const setAside = (totals.get('skipped') ?? 0) + (totals.get('todo') ?? 0)
  if (process.env.CI === 'true' && setAside > 0) failed.push(`${setAside} skipped or postponed tests`)
  return failed
}

function print({ name }: Step, { status, output }: Outcome, milliseconds: number): void {
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(26)}${(milliseconds / 1000).toFixed(1).padStart(6)} s`)
  const shown = status === 0 ? output.match(/^(?:skipped|todo|note): .*$/gm) : [output]
  for (const text of shown ?? []) console.log(text.trimEnd())
}

function addCounts(totals: Map<string, number>, output: string): void {
  for (const [, name = '', count] of output.matchAll(/^# (\w+) (\d+)$/gm)) {
    totals.set(name, (totals.get(name) ?? 0) + Number(count))
  }
}

async function main(args: readonly string[]): Promise<boolean> {
  const paths = args.filter(arg => !arg.startsWith('-'))
  if (paths.length > 0) {
    const files = testFiles(paths)
    if (files.length > 0) return (await run(testCommand('spec', files, []), true)).status === 0
    console.error(`No file *.test.ts in ${paths.join(', ')}.`)
    return false
  }
  const startedAt = performance.now()
  const steps = args.includes('--static') ? staticSteps : [...staticSteps, ...runningSteps()]
  const failed = await runAll(steps)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (failed.length === 0) console.log(`All ${steps.length} steps passed in ${seconds} s.`)
  else console.log(`Failed after ${seconds} s: ${failed.join(', ')}.`)
  return failed.length === 0
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
