/** The runtimes, installed beside this file by the command that needs them. */
import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'

export interface Runtime {
  readonly name: string
  /** Runs a program with no question asked about what it may do. */
  readonly run: readonly string[]
  /** Runs a file of tests of the repository. */
  readonly test: readonly string[]
  /** Where its `node` is, for those that are a Node. */
  readonly nodeFolder: string | null
}

export const root: string = dirname(dirname(import.meta.dirname))
export const others: string = join(import.meta.dirname, 'others')

function node(name: string, folder: string): Runtime {
  const run = [join(folder, 'node'), '--disable-warning=ExperimentalWarning']
  return { name, run, test: [...run, '--conditions=nuages-source', '--test'], nodeFolder: folder }
}

const bun = join(others, 'node_modules/.bin/bun')
const deno = join(others, 'node_modules/.bin/deno')

/** In the order of the columns of the support table. */
export const runtimes: readonly Runtime[] = [
  node('node-26', dirname(process.execPath)),
  node('node-24', join(others, 'node_modules/node/bin')),
  node('node-24-oldest', join(others, 'node_modules/node-24-oldest/bin')),
  { name: 'bun', run: [bun], test: [bun, 'test', '--conditions=nuages-source', '--timeout=180000'], nodeFolder: null },
  {
    name: 'deno',
    run: [deno, 'run', '--allow-all'],
    test: [deno, 'test', '--allow-all', '--no-check', '--no-lock', '--conditions=nuages-source'],
    nodeFolder: null,
  },
]

/** Installs them, where that was not done before. */
export function installRuntimes(): void {
  const install = [join(root, 'tools/install.mjs'), 'tests/runtimes/others']
  if (spawnSync(process.execPath, install, { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1)
}

export interface Finished {
  readonly status: number
  readonly output: string
}

export interface ProgramOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** A program that takes longer hangs, and is ended. */
  readonly patienceMs: number
  /** Shows what it writes as it comes. Default: false. */
  readonly isShown?: boolean
}

/** Variables of the npm run around us and of its Node, but for the certificates that the way to the registry may need. */
const around = /^(?:npm_|NODE_(?!EXTRA_CA_CERTS$))/

/** Runs a program to its end; what it writes comes back as it came. No colours, no questions, nothing of the npm run around it. */
export function runProgram(
  command: readonly string[],
  { cwd, env = {}, patienceMs, isShown = false }: ProgramOptions,
): Promise<Finished> {
  const [program = '', ...args] = command
  const inherited = Object.entries(process.env).filter(([name]) => !around.test(name))
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      output += text
      if (isShown) process.stdout.write(text)
    })
  return new Promise(resolve => {
    child.on('error', error => resolve({ status: 1, output: error.message }))
    child.on('exit', (status, signal) => {
      // What a test left running may hold the output open.
      setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        const ended = signal === null ? '' : `\nEnded by ${signal} after at most ${patienceMs / 1000} seconds.\n`
        resolve({ status: status ?? 1, output: output + ended })
      }, 100)
    })
  })
}
