/**
 * The package as a user gets it: what `npm install` brings, and how soon a site on it answers after its start, beside the floor's.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, globSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { onCore, productionEnvironment } from './server.ts'
import { median } from './sessions/figures.ts'

export interface InstalledFigures {
  readonly packages: number
  readonly bytes: number
  readonly starts: number
  readonly floorMs: number
  readonly oursMs: number
  /** The median of the ratios of starts side by side. */
  readonly ratio: number
}

const root = dirname(import.meta.dirname)
const startsOfRound = 5

/** Runs npm as a user's shell would: nothing of the npm run around this program reaches it. */
async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$/.test(name)))
  return (await promisify(execFile)('npm', args, { cwd, env, maxBuffer: 2 ** 26 })).stdout
}

async function install(folder: string): Promise<string> {
  await npm(root, 'run', 'build')
  const listing = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
  const [{ filename }] = JSON.parse(listing) as [{ filename: string }]
  const site = join(folder, 'site')
  mkdirSync(site)
  writeFileSync(join(site, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }))
  await npm(site, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename))
  return site
}

/** Milliseconds from the start of the process to the end of its first answer. */
async function start(program: string, database: string): Promise<number> {
  const [command, args] = onCore(0, [process.execPath, program, database])
  const began = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: productionEnvironment() })
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${program} ended with ${code}.`))),
  ])) as [Buffer]
  const { port } = JSON.parse(String(line)) as { port: number }
  const body = await new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/me' }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
  const took = performance.now() - began
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  if (body !== '{"username":null}') throw new Error(`${program} answered ${body}`)
  return took
}

export async function measureInstalled(folder: string, rounds: number): Promise<InstalledFigures> {
  const site = await install(folder)
  const installed = readFileSync(join(site, 'node_modules/.package-lock.json'), 'utf8')
  const files = globSync('**', { cwd: join(site, 'node_modules') }).map(path =>
    lstatSync(join(site, 'node_modules', path)),
  )
  const programs = ['floor.js', 'nuages.js'].map(name => {
    copyFileSync(join(import.meta.dirname, 'start', name), join(site, name))
    return { program: join(site, name), database: join(site, `${name}.sqlite3`), took: [] as number[] }
  })
  const [floor, ours] = programs as [(typeof programs)[number], (typeof programs)[number]]
  await promisify(execFile)(process.execPath, [ours.program, ours.database, 'migrate'])
  const starts = rounds * startsOfRound
  for (let turn = -1; turn < starts; turn += 1) {
    for (const { program, database, took } of turn % 2 === 0 ? programs : programs.toReversed()) {
      const milliseconds = await start(program, database)
      if (turn >= 0) took.push(milliseconds) // the first fills the disk's cache
    }
  }
  return {
    packages: Object.keys((JSON.parse(installed) as { packages: object }).packages).length,
    bytes: files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0),
    starts,
    floorMs: median(floor.took),
    oursMs: median(ours.took),
    ratio: median(ours.took.map((took, turn) => took / (floor.took[turn] as number))),
  }
}
