/**
 * Runs the examples of README.md and docs/*.md as code.
 *
 * | fence | what happens |
 * | --- | --- |
 * | ` ```ts `, ` ```js ` | `ts` is type-checked; both are run from source, each in a process of its own, and must exit with 0 |
 * | ` ```ts no-run ` | is only type-checked: a server that would not end, say |
 * | ` ```ts app.ts ` | has a name, so that later blocks of the page import './app.ts' |
 * | ` ```sh run ` | is run by bash in the folder of the page; each line must succeed |
 * | ` ```sh store ` | the same, while a new store answers at http://127.0.0.1:8000 |
 * | ` ```sh ` | is not run, but its npm scripts and `npx nuages` commands must exist |
 *
 * `value // => text` in a `ts` block states what a line gives, `# => text` in a `sh` block what the lines before print;
 * `…` stands for anything. The environment has a SECRET_KEY and no other setting. The files lie in .cache/docs to look at
 * afterwards, with the line numbers of their page.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../tests/outage/free-port.ts'
import { type Block, blocksOf, type Chapter, chaptersOf } from './doc-blocks.ts'
import { matches } from './shows.ts'

interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly output: string
}

const root = dirname(import.meta.dirname)
const cache = join(root, '.cache/docs')
const cli = join(root, 'src/cli/main.ts')
const store = join(root, 'examples/store/main.ts')
const storeUrl = 'http://127.0.0.1:8000'
const blockTimeoutSeconds = 60
const { DATABASE_URL: _, DEBUG: __, NODE_ENV: ___, ...inherited } = process.env
const environment = {
  ...inherited,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  SECRET_KEY: 'a-key-for-the-examples-in-the-docs-and-for-nothing-else',
}
/** Runs the command line from source; nothing else is fetched by name. */
const shellPreamble = `npx() { [ "$1" = nuages ]; shift; node --conditions=nuages-source '${cli}' "$@"; }; set -eu`

function run(command: readonly string[], folder: string): Promise<Outcome> {
  const [program = '', ...args] = command
  const options = { cwd: folder, env: environment, timeout: blockTimeoutSeconds * 1000 }
  return new Promise(resolve => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      const ending = error?.killed ? `\nIt did not end within ${blockTimeoutSeconds} seconds.` : ''
      resolve({ status, stdout, output: `${stdout}${stderr}${ending}` })
    })
    child.stdin?.end()
  })
}

/** A page, with a folder for each of its chapters. */
interface Page {
  readonly name: string
  readonly folder: string
  readonly blocks: readonly Block[]
  readonly chapters: ReadonlyMap<string, Chapter>
}

/** Writes the files of a page. */
function openPage(name: string): Page {
  const folder = join(cache, basename(name, '.md'))
  const blocks = blocksOf(readFileSync(join(root, name), 'utf8'))
  const chapters = new Map<string, Chapter>()
  for (const [index, chapter] of chaptersOf(blocks, '../../../../tools/shows.ts').entries()) {
    const own = join(folder, String(index + 1))
    mkdirSync(own, { recursive: true })
    for (const [file, text] of chapter.files) writeFileSync(join(own, file), text)
    chapters.set(own, chapter)
  }
  return { name, folder, blocks, chapters }
}

/** What a chapter adds to the types of modules, as one text. */
const addedTypes = ({ files }: Chapter): string =>
  [...files.values()]
    .flatMap(text =>
      [...text.matchAll(/^declare (?:module|global)\b.*?^}/gms)].map(([added]) => added.replace(/[\s,;]+/g, ' ')),
    )
    .sort()
    .join('\n')

/** What does not compile. Chapters that add different things to the types of modules would disturb each other: each kind is compiled alone. */
async function checkTypes(pages: readonly Page[]): Promise<readonly string[]> {
  const chapters = pages.flatMap(({ chapters }) => [...chapters])
  const isTyped = ({ files }: Chapter): boolean => [...files.keys()].some(name => name.endsWith('.ts'))
  const kinds = Map.groupBy(
    chapters.filter(([, chapter]) => isTyped(chapter)),
    ([, chapter]) => addedTypes(chapter),
  )
  const problems: string[] = []
  for (const [index, kind] of [...kinds.values()].entries()) {
    const project = join(cache, `types-${index}.json`)
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { isolatedDeclarations: false, declaration: false },
      include: kind.map(([folder]) => `${folder}/*.ts`),
    }
    writeFileSync(project, JSON.stringify(config))
    const { status, output } = await run(['tsc', '-p', project], root)
    if (status !== 0) problems.push(output)
  }
  return problems
}

/** Every example of one page that is not true, as text to print. */
async function checkPage({ name: page, folder, blocks, chapters }: Page): Promise<readonly string[]> {
  const problems: string[] = []
  for (const [own, { programs }] of chapters) {
    for (const program of programs) {
      const { status, output } = await run(['node', '--conditions=nuages-source', program], own)
      if (status !== 0) problems.push(`${page}, ${program} fails:\n${output}`)
    }
  }
  for (const block of blocks) {
    if (block.language !== 'sh') continue
    mkdirSync(join(folder, 'shell'), { recursive: true })
    const problem = await checkShell(block, join(folder, 'shell'))
    if (problem !== null) problems.push(`${page}:${block.line} ${problem}`)
  }
  return problems
}

/** What is wrong with a `sh` block, or `null`. */
async function checkShell({ words, text }: Block, folder: string): Promise<string | null> {
  if (!words.includes('run') && !words.includes('store')) return checkCommands(text)
  const script = words.includes('store') ? text.replaceAll(storeUrl, await startStore()) : text
  const { status, stdout, output } = await run(['bash', '-c', `${shellPreamble}\n${script}`], folder)
  if (status !== 0) return `fails with ${status}:\n${output}`
  const lines = stdout.split('\n')
  for (const [, expected = ''] of text.matchAll(/^\s*# => (.*\S)\s*$/gm)) {
    const at = lines.findIndex(line => matches(line, expected))
    if (at === -1) return `does not print "${expected}", but:\n${output}`
    lines.splice(0, at + 1)
  }
  return null
}

async function checkCommands(text: string): Promise<string | null> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  for (const [, command = ''] of text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
    if (!Object.hasOwn(scripts, command)) return `names the npm script "${command}", which package.json lacks`
  }
  for (const [, command = ''] of text.matchAll(/\bnpx nuages ([a-z]+)/g))
    if (!(await isCommand(command))) return `names the command "nuages ${command}", which does not exist`
  return null
}

const knownCommands = new Map<string, Promise<boolean>>()

function isCommand(name: string): Promise<boolean> {
  const asked =
    knownCommands.get(name) ??
    run(['node', '--conditions=nuages-source', cli, name, '--help'], root).then(({ status }) => status === 0)
  knownCommands.set(name, asked)
  return asked
}

let storeProcess: ChildProcess | undefined
let storeAddress: Promise<string> | undefined

/** Address of a new store that all pages share; started by the first that asks. */
function startStore(): Promise<string> {
  storeAddress ??= (async () => {
    const port = await freePort()
    const address = `http://127.0.0.1:${port}`
    const env = { ...environment, PORT: String(port), DATABASE_URL: `sqlite:${join(cache, 'store.sqlite3')}` }
    storeProcess = spawn(process.execPath, ['--conditions=nuages-source', store], { cwd: cache, env, stdio: 'ignore' })
    for (let attempt = 0; attempt < 150; attempt += 1) {
      const answer = await fetch(`${address}/healthz`).catch(() => null)
      if (answer?.ok) return address
      await sleep(100)
    }
    throw new Error(`The store did not answer at ${address}.`)
  })()
  return storeAddress
}

async function main(): Promise<void> {
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  const pages = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()].filter(page =>
    existsSync(join(root, page)),
  )
  const named = process.argv.slice(2)
  try {
    const opened = (named.length > 0 ? named : pages).map(openPage)
    const checks = [() => checkTypes(opened), ...opened.map(page => () => checkPage(page))]
    for (const check of checks) {
      for (const problem of await check()) {
        console.error(problem)
        process.exitCode = 1
      }
    }
  } finally {
    storeProcess?.kill()
  }
}

if (import.meta.main) await main()
