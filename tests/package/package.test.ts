/**
 * The packed tarball, as a user gets it: linted, installed in an empty folder, imported, type-checked and run.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { readDoors } from '../../tools/exports-snapshot.ts'

const execute = promisify(execFile)
const root = dirname(dirname(import.meta.dirname))
const folder = mkdtempSync(join(tmpdir(), 'nuages-package-'))
const site = join(folder, 'site')
const { version } = readJson<{ version: string }>(join(root, 'package.json'))
/** Bytes once unpacked: a bound to notice what should not be in there. */
const maxUnpackedBytes = 5_000_000
/** With all that comes along; each is one more party to trust. */
const maxPackages = 8

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

type Installed = Readonly<Record<string, { readonly hasInstallScript?: boolean }>>

/** Scripts that npm runs when a package is installed; `prepare` and `prepublish` for one that comes from a repository. */
const installScript = /^(?:pre|post)?(?:install|prepare)$|^prepublish$/

let packed: Packed
let tarball: string

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** Runs a program as a user's shell would: nothing of the npm run around this test reaches it. */
async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_/.test(name)))
  if (process.env.NODE_EXTRA_CA_CERTS !== undefined) env.NODE_EXTRA_CA_CERTS = process.env.NODE_EXTRA_CA_CERTS
  try {
    return (await execute(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

function tool(name: string): string {
  return join(root, 'node_modules/.bin', name)
}

before(async () => {
  await run(root, 'npm', 'run', 'build')
  const listing = await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
  packed = (JSON.parse(listing) as [Packed])[0]
  tarball = join(folder, packed.filename)
  mkdirSync(site)
  writeFileSync(join(site, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }))
  await run(site, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball)
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('the tarball holds what users need, without tests', () => {
  const paths = packed.files.map(file => file.path)
  for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'dist/index.js', 'dist/index.d.ts']) {
    assert.ok(paths.includes(path), `${path} is not in the tarball`)
  }
  const surplus = paths.filter(path => /^src\/.*\.test\.|^(?:tests|tools|examples|bench|docs)\//.test(path))
  assert.deepEqual(surplus, [])
})

test('publint and attw find no fault in the tarball', async () => {
  await run(folder, tool('publint'), 'run', tarball, '--strict')
  await run(folder, tool('attw'), tarball, '--profile', 'esm-only', '--no-color')
})

test('the package stays small, and brings few others', t => {
  const { packages } = readJson<{ packages: object }>(join(site, 'node_modules/.package-lock.json'))
  const count = Object.keys(packages).length
  const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1000)} kB`
  t.diagnostic(
    `note: tarball ${kilobytes(packed.size)}, unpacked ${kilobytes(packed.unpackedSize)}, ${count} packages installed`,
  )
  assert.ok(packed.unpackedSize < maxUnpackedBytes, `${packed.unpackedSize} bytes`)
  assert.ok(count <= maxPackages, `${count} packages: ${Object.keys(packages).join(', ')}`)
})

test('an installation runs no program, of Nuages or of what comes along', () => {
  const { scripts } = readJson<{ scripts: object }>(join(site, 'node_modules/nuages/package.json'))
  assert.deepEqual(
    Object.keys(scripts).filter(name => installScript.test(name)),
    [],
  )
  // npm compiles a package that holds one, without being told to.
  assert.ok(!packed.files.some(({ path }) => path === 'binding.gyp'))
  const { packages } = readJson<{ packages: Installed }>(join(site, 'node_modules/.package-lock.json'))
  assert.ok(Object.hasOwn(packages, 'node_modules/nuages'))
  assert.deepEqual(
    Object.keys(packages).filter(path => packages[path]?.hasInstallScript === true),
    [],
  )
})

test('a start reads one file of Nuages beside its doors, no other package, and leaves `fetch` alone', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    const read = []
    const load = (url, context, next) => {
      if (url.startsWith('file:')) read.push(url.replace(/.*\\/node_modules\\//, ''))
      return next(url, context)
    }
    registerHooks({ load })
    const { createApp, defineSettings, jsonResponse, path } = await import('nuages')
    const { serve } = await import('nuages/node')
    const settings = defineSettings({
      SECRET_KEY: 'of-a-test-that-nobody-else-can-reach-from-outside-1',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['127.0.0.1'],
    })
    const view = async request => jsonResponse({ isKnown: (await request.user) !== null })
    const app = createApp({ settings, urls: [path('', view)], logger: null })
    const server = await serve(app, { port: 0, signals: false })
    const socket = process.getBuiltinModule('node:net').connect(server.port, '127.0.0.1')
    socket.end('GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n')
    let answer = ''
    for await (const chunk of socket) answer += chunk
    await server.close()
    const web = process.moduleLoadList.filter(name => name.includes('undici'))
    console.log(JSON.stringify({ status: answer.slice(0, 12), read: read.sort(), web }))`
  writeFileSync(join(site, 'start.js'), program)
  assert.deepEqual(JSON.parse(await run(site, process.execPath, 'start.js')), {
    status: 'HTTP/1.1 200',
    read: ['nuages/dist/index.js', 'nuages/dist/node/index.js', 'nuages/dist/shared/core.js'],
    web: [],
  })
})

test('what is loaded later is there: Kysely, pages, the names of devices, threads', async () => {
  const program = `
    import { createApp, defineSettings, login, jsonResponse, path } from 'nuages'
    import { Kysely, sql } from 'kysely'
    const settings = defineSettings({
      SECRET_KEY: 'of-a-test-that-nobody-else-can-reach-from-outside-1',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['127.0.0.1'],
      SESSION_INDEX: true,
    })
    const view = async request => {
      await login(request, await request.app.users.getByUsername('ada'))
      return jsonResponse({})
    }
    const app = createApp({ settings, urls: [path('', view)], logger: null })
    await app.migrate()
    await app.users.createUser({ username: 'ada', password: 'quiet-rain-on-tin-roofs' })
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const headers = { 'User-Agent': agent, Accept: 'text/html' }
    const get = path => app.fetch(new Request('http://127.0.0.1/' + path, { headers }))
    const { status } = await get('')
    const page = await (await get('nowhere')).text()
    const { rows } = await sql\`SELECT device FROM nuages_session\`.execute(app.db)
    console.log(JSON.stringify({ status, rows, page: page.slice(0, 15), isOne: app.db instanceof Kysely }))
    await app.close()`
  writeFileSync(join(site, 'later.js'), program)
  assert.deepEqual(JSON.parse(await run(site, process.execPath, 'later.js')), {
    status: 200,
    rows: [{ device: 'Firefox on Linux' }],
    page: '<!doctype html>',
    isOne: true,
  })
  const shared = join(site, 'node_modules/nuages/dist/shared')
  const core = readFileSync(join(shared, 'core.js'), 'utf8')
  const threads = [...core.matchAll(/\.\/([\w-]+-thread)\$\{extname/g)].map(([, name]) => `${name}.js`)
  assert.deepEqual(threads.sort(), ['hash-thread.js', 'sqlite-checkpoint-thread.js'])
  for (const thread of threads) assert.ok(existsSync(join(shared, thread)), `${thread} is missing`)
})

test('every door opens under plain Node, and exports the values of its face', async () => {
  const doors = readDoors(root)
  const program = `
    const doors = {}
    for (const door of ${JSON.stringify(Object.keys(doors))}) doors[door] = Object.keys(await import(door)).sort()
    console.log(JSON.stringify(doors))`
  writeFileSync(join(site, 'doors.js'), program)
  const values = Object.entries(doors).map(([door, names]) => [door, names.filter(name => !name.startsWith('type '))])
  assert.deepEqual(JSON.parse(await run(site, process.execPath, 'doors.js')), Object.fromEntries(values))
})

for (const [module, moduleResolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const) {
  test(`a user's program compiles with moduleResolution ${moduleResolution}`, async () => {
    writeDoors(Object.keys(readDoors(root)).filter(door => !foreignDoors.includes(door)))
    writeFileSync(join(site, 'consumer.ts'), consumer)
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2024',
      lib: ['esnext'],
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    }
    const config = join(site, `tsconfig.${moduleResolution}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['doors.ts', 'consumer.ts'] }))
    await run(site, tool('tsc'), '-p', config)
  })
}

test('the doors to other servers compile beside them', async () => {
  for (const server of ['fastify', 'hono']) {
    const installed = join(site, 'node_modules', server)
    if (!existsSync(installed)) symlinkSync(join(root, 'node_modules', server), installed)
  }
  writeDoors(foreignDoors)
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true }
  const types = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
  const config = join(site, 'tsconfig.foreign.json')
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, ...types }, files: ['doors.ts'] }))
  await run(site, tool('tsc'), '-p', config)
})

/** Their declarations name the server's types, which only its users have. */
const foreignDoors: readonly string[] = ['nuages/express', 'nuages/fastify', 'nuages/hono']

function writeDoors(doors: readonly string[]): void {
  const imports = doors.map((door, index) => `export * as door${index} from '${door}'`)
  writeFileSync(join(site, 'doors.ts'), `${imports.join('\n')}\n`)
}

/** Each wrong use proves that the types arrive: were they `any`, the expected error would be missing. */
const consumer = `
import { createApp, path, type HttpRequest } from 'nuages'
import { QueryDict } from 'nuages/http'
import type { PathParams } from 'nuages/urls'

const page: string | undefined = new QueryDict().get('page')
// @ts-expect-error: a field is text
const wrong: number = new QueryDict().get('page')
// @ts-expect-error: an int placeholder is a number
const params: PathParams<'/books/<int:id>'> = { id: '7' }
// @ts-expect-error: an application needs its settings
createApp({ urls: [] })
// What the rooms add to a request arrives with the package as a whole.
const parts = ({ app, session, user, csrf, validate }: HttpRequest): unknown[] => [app, session, user, csrf, validate]
export { createApp, page, params, parts, path, wrong }
`

test('`npx nuages --version` answers from the installed package', async () => {
  assert.equal((await run(site, 'npx', 'nuages', '--version')).trim(), version)
})
