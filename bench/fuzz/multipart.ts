/**
 * Multipart forms: those of tests/vectors/multipart.json with mistakes, each read twice: kept whole in one piece, and streamed in
 * random pieces. Both must say the same, and refuse only by an `HttpError` of the client's fault.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRequestContext, HttpRequest, type Part, type RequestContext } from '../../src/http/index.ts'
import { HttpError } from '../../src/kit/index.ts'
import { defineSettings, type Settings } from '../../src/settings/index.ts'
import { type Form, mutateForm } from './form-mutations.ts'
import type { Random } from './random.ts'
import type { Target } from './run.ts'

/** Larger forms only cost time. */
const maxFormBytes = 6000

interface Vector {
  readonly in: { readonly body_b64: string; readonly content_type: string; readonly settings?: Partial<Settings> }
}

const vectors = JSON.parse(readFileSync(new URL('../../tests/vectors/multipart.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Vector[]
}

/** Forms that nobody has misused yet. */
const forms: readonly Form[] = vectors.cases
  .map(({ in: given }) => ({
    body: Buffer.from(given.body_b64, 'base64'),
    contentType: given.content_type,
    settings: given.settings ?? {},
  }))
  .filter(({ body }) => body.length < maxFormBytes)

/** The contexts of all settings that the forms ask for, their temporary files in one folder. */
function createContexts(folder: string): (settings: Partial<Settings>) => RequestContext {
  const contexts = new Map<string, RequestContext>()
  return settings => {
    const key = JSON.stringify(settings)
    let context = contexts.get(key)
    if (context === undefined) {
      const own = {
        SECRET_KEY: 'the key of the fuzz test',
        FILE_UPLOAD_TEMP_DIR: folder,
        DATA_UPLOAD_IDLE_SECONDS: null,
      }
      context = createRequestContext(defineSettings({ ...own, ...settings }))
      contexts.set(key, context)
    }
    return context
  }
}

async function* pieces(body: Buffer, random: Random | null): AsyncGenerator<Uint8Array> {
  const most = random === null ? 0 : 1 + Math.floor(random() ** 3 * 200)
  for (let at = 0; at < body.length; ) {
    const size = random === null ? body.length : 1 + Math.floor(random() * most)
    yield body.subarray(at, at + size)
    at += size
  }
}

/** `random`: cuts the body; `null` leaves it in one piece. */
function requestOf({ body, contentType }: Form, context: RequestContext, random: Random | null): HttpRequest {
  const get = (name: string): string | null => (name.toLowerCase() === 'content-type' ? contentType : null)
  const headers = { get, has: (name: string) => get(name) !== null, *entries() {} }
  const source = { method: 'POST', target: '/', headers, scheme: 'http', remoteAddress: null } as const
  return new HttpRequest({ ...source, body: pieces(body, random), signal: new AbortController().signal }, context)
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

export async function openMultipart(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'nuages-fuzz-'))
  const contextOf = createContexts(folder)
  return {
    name: 'multipart',
    async check(random) {
      const form = mutateForm(forms, random)
      const context = contextOf(form.settings)
      if (requestOf(form, context, null).contentType.type !== 'multipart/form-data') return 'another type'
      // Now and then on the disk, which is slow.
      const kept = random() < 0.005 ? contextOf({ ...form.settings, FILE_UPLOAD_MAX_MEMORY_SIZE: 0 }) : context
      const whole = await outcome(requestOf(form, kept, null), true)
      const streamed = await outcome(requestOf(form, context, random), false)
      if (whole !== streamed) throw new Error(`In one piece: ${whole}\nin pieces: ${streamed}`)
      return whole.startsWith('[') ? 'taken' : whole
    },
    async close() {
      const left = await readdir(folder)
      await rm(folder, { recursive: true })
      if (left.length > 0) throw new Error(`Left in the folder for temporary files: ${left.join(', ')}`)
    },
  }
}
