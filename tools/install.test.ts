import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { optional: true } } }
/** Stands in for npm: notes that it ran, takes a while, leaves what npm leaves. */
const fakeNpm = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
appendFileSync('runs', process.argv.slice(2, 4).join(' ') + '\\n')
if (process.env.FAKE_NPM_FAILS) process.exit(1)
await new Promise(resolve => setTimeout(resolve, 300))
mkdirSync('node_modules/node/bin', { recursive: true })
writeFileSync('node_modules/node/bin/node', '')
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }))
`

function newRepository(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'nuages-install-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'tools'))
  copyFileSync(join(import.meta.dirname, 'install.mjs'), join(root, 'tools/install.mjs'))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock))
  writeFileSync(join(root, 'npm.mjs'), fakeNpm)
  return root
}

function install(root: string, extra: NodeJS.ProcessEnv = {}): Promise<{ status: number; output: string }> {
  const env = { ...process.env, NODE_ENV: 'production', npm_execpath: join(root, 'npm.mjs'), ...extra }
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, 'tools/install.mjs')], { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
  })
}

const runsOf = (root: string): string => readFileSync(join(root, 'runs'), 'utf8')

test('what is missing is installed, development dependencies too, and then there is nothing to say', async t => {
  const root = newRepository(t)
  const first = await install(root)
  assert.equal(first.status, 0)
  assert.match(first.output, /^Installing, because node_modules is missing/)
  assert.deepEqual(await install(root), { status: 0, output: '' })
  assert.equal(runsOf(root), 'ci --include=dev\n')
})

test('a changed lock file installs anew', async t => {
  const root = newRepository(t)
  await install(root)
  const packages = { ...lock.packages, 'node_modules/a': { version: '1.0.1' } }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
  assert.match((await install(root)).output, /because node_modules\/a has changed/)
})

test('of two at once, one installs and the other waits', async t => {
  const root = newRepository(t)
  const both = await Promise.all([install(root), install(root)])
  assert.deepEqual(
    both.map(run => run.status),
    [0, 0],
  )
  assert.equal(runsOf(root), 'ci --include=dev\n')
  assert.equal(existsSync(join(root, '.installing')), false)
})

test('a lock whose holder was killed holds nobody up', async t => {
  const root = newRepository(t)
  const child = execFile(process.execPath, ['--eval', ''])
  await new Promise(resolve => child.on('close', resolve))
  writeFileSync(join(root, '.installing'), String(child.pid))
  assert.equal((await install(root)).status, 0)
  assert.equal(runsOf(root), 'ci --include=dev\n')
})

test('when npm fails, so does the command, and says what to do', async t => {
  const root = newRepository(t)
  const { status, output } = await install(root, { FAKE_NPM_FAILS: '1' })
  assert.equal(status, 1)
  assert.match(output, /npm ci failed.*run the same command again/)
  assert.equal(existsSync(join(root, '.installing')), false)
})

test('every lock file of the repository names the packages of all platforms', () => {
  const repository = dirname(import.meta.dirname)
  const files = globSync('**/package-lock.json', { cwd: repository, exclude: ['**/node_modules'] })
  assert.ok(files.length > 1)
  for (const file of files) {
    const { packages } = JSON.parse(readFileSync(join(repository, file), 'utf8')) as { packages: Locked }
    const paths = Object.keys(packages)
    const gaps = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(name => !paths.some(other => isFound(path, name, other))),
    )
    assert.deepEqual(gaps, [], `${file}: npm ci refuses it; pin a release whose every platform is in the registry`)
  }
})

type Locked = Readonly<Record<string, { readonly optionalDependencies?: object }>>

/** Whether the package at `path` finds `name` at `other`, as Node looks for it. */
function isFound(path: string, name: string, other: string): boolean {
  const folder = other.endsWith(`node_modules/${name}`) ? other.slice(0, -`node_modules/${name}`.length) : null
  return folder !== null && `${path}/`.startsWith(folder)
}
