/**
 * Mutated multipart forms: `node --conditions=nuages-source --expose-gc bench/fuzz/multipart.ts --cases 1e6`.
 *
 * Each case is a form of tests/vectors/multipart.json with random mistakes, read twice: kept whole in one piece, and streamed in
 * random pieces. Both must say the same, in time, and refuse only by an `HttpError` of the client's fault. `--seed` gives the same
 * cases again, `--from N --cases 1` one of them; `--json` prints one line for a program. Ends with 1 when a case fails.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createRequestContext, HttpRequest, type Part, type RequestContext } from '../../src/http/index.ts'
import { HttpError } from '../../src/kit/index.ts'
import { defineSettings, type Settings } from '../../src/settings/index.ts'
import { type Form, mutate, numbersBy } from './mutations.ts'

const { values: asked } = parseArgs({
  options: {
    cases: { type: 'string', default: '1e6' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    json: { type: 'boolean', default: false },
  },
})
const from = Number(asked.from)
const until = from + Number(asked.cases)
const seed = Number(asked.seed)

/** A case takes a tenth of a millisecond; what takes as long hangs, or is not linear. */
const maxCaseMs = 2000
/** What may be alive at the end and was not after a tenth of the cases, in bytes. */
const maxGrowth = 4_000_000
/** Larger forms only cost time. */
const maxFormBytes = 6000

interface Vector {
  readonly in: { readonly body_b64: string; readonly content_type: string; readonly settings?: Partial<Settings> }
}

const vectors = JSON.parse(readFileSync(new URL('../../tests/vectors/multipart.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Vector[]
}

const folder = await mkdtemp(join(tmpdir(), 'nuages-fuzz-'))

const contexts = new Map<string, RequestContext>()

function contextOf(settings: Partial<Settings>): RequestContext {
  const key = JSON.stringify(settings)
  const known = contexts.get(key)
  if (known !== undefined) return known
  const context = createRequestContext(
    defineSettings({
      SECRET_KEY: 'the key of the fuzz test',
      FILE_UPLOAD_TEMP_DIR: folder,
      DATA_UPLOAD_IDLE_SECONDS: null,
      ...settings,
    }),
  )
  contexts.set(key, context)
  return context
}

const forms: readonly Form[] = vectors.cases
  .map(({ in: given }) => ({
    body: Buffer.from(given.body_b64, 'base64'),
    contentType: given.content_type,
    settings: given.settings ?? {},
  }))
  .filter(({ body }) => body.length < maxFormBytes)

async function* pieces(body: Buffer, random: (() => number) | null): AsyncGenerator<Uint8Array> {
  const most = random === null ? 0 : 1 + Math.floor(random() ** 3 * 200)
  for (let at = 0; at < body.length; ) {
    const size = random === null ? body.length : 1 + Math.floor(random() * most)
    yield body.subarray(at, at + size)
    at += size
  }
}

/** `random`: cuts the body; `null` leaves it in one piece. */
function requestOf({ body, contentType, settings }: Form, random: (() => number) | null): HttpRequest {
  const get = (name: string): string | null => (name.toLowerCase() === 'content-type' ? contentType : null)
  const headers = { get, has: (name: string) => get(name) !== null, *entries() {} }
  const source = { method: 'POST', target: '/', headers, scheme: 'http', remoteAddress: null } as const
  return new HttpRequest(
    { ...source, body: pieces(body, random), signal: new AbortController().signal },
    contextOf(settings),
  )
}

async function partOf(part: Part): Promise<unknown> {
  if (part.kind === 'field') return [part.name, part.value]
  const { name, filename, contentType, charset } = part
  if (filename === '' || /[/\\\0]/.test(filename)) throw new Error(`A file has the name ${JSON.stringify(filename)}.`)
  return [name, filename, contentType, charset, Buffer.from(await part.bytes(1e7)).toString('latin1')]
}

/** All parts as text, or the refusal. */
async function outcome(request: HttpRequest, isKept: boolean): Promise<string> {
  try {
    if (isKept) await request.FILES
    const parts: unknown[] = []
    for await (const part of request.parts()) parts.push(await partOf(part))
    return JSON.stringify(parts)
  } catch (error) {
    if (!(error instanceof HttpError) || error.status >= 500) throw error
    return `${error.status} ${error.code}`
  } finally {
    await request.release()
  }
}

/** The same for the same number. */
async function runCase(index: number, counts: Map<string, number>): Promise<void> {
  const random = numbersBy(seed + index)
  const form = mutate(forms, random)
  if (requestOf(form, null).contentType.type !== 'multipart/form-data') return
  // Now and then on the disk, which is slow.
  const kept = random() < 0.005 ? { ...form, settings: { ...form.settings, FILE_UPLOAD_MAX_MEMORY_SIZE: 0 } } : form
  const whole = await outcome(requestOf(kept, null), true)
  const streamed = await outcome(requestOf(form, random), false)
  if (whole !== streamed) throw new Error(`In one piece: ${whole}\nin pieces: ${streamed}`)
  const what = whole.startsWith('[') ? 'taken' : whole
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function living(): number {
  const collect = (globalThis as { gc?: () => void }).gc
  if (collect === undefined) throw new Error('Run node with --expose-gc.')
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const counts = new Map<string, number>()
let index = from

/** The number of the case, for another thread: a case that hangs lets no timer of this one run. */
const progress = new Int32Array(new SharedArrayBuffer(4))
const watchdog = new Worker(
  `const { workerData: { progress, maxCaseMs, seed } } = require('node:worker_threads')
  let seen = -1
  setInterval(() => {
    const index = Atomics.load(progress, 0)
    if (index === seen) {
      require('node:fs').writeSync(2, 'Case ' + index + ' hangs: --seed ' + seed + ' --from ' + index + ' --cases 1\\n')
      process.kill(process.pid, 'SIGKILL')
    }
    seen = index
  }, maxCaseMs)`,
  { eval: true, workerData: { progress, maxCaseMs, seed } },
)
watchdog.unref()

function fail(error: unknown): never {
  console.error(`Case ${index} failed: --seed ${seed} --from ${index} --cases 1`)
  console.error(error)
  process.exit(1)
}

const start = performance.now()
let livingBefore = living()
let slowestMs = 0
for (; index < until; index += 1) {
  if (index === from + Math.floor((until - from) / 10)) livingBefore = living()
  Atomics.store(progress, 0, index)
  const begun = performance.now()
  await runCase(index, counts).catch(fail)
  slowestMs = Math.max(slowestMs, performance.now() - begun)
  if (slowestMs > maxCaseMs) fail(new Error(`took ${slowestMs} ms`))
}
await watchdog.terminate()
const grown = living() - livingBefore
const left = await readdir(folder)
await rm(folder, { recursive: true })
if (left.length > 0) fail(new Error(`left in the folder for temporary files: ${left.join(', ')}`))
if (until - from >= 1000 && grown > maxGrowth) fail(new Error(`${grown} bytes more are alive than before`))

const report = {
  seed,
  cases: until - from,
  seconds: Math.round((performance.now() - start) / 100) / 10,
  slowestMs: Math.round(slowestMs),
  grownBytes: grown,
  outcomes: Object.fromEntries([...counts].sort(([, one], [, other]) => other - one)),
}
console.log(asked.json ? JSON.stringify(report) : report)
