/**
 * The app that is checked: a view for each thing that a runtime could do in another way.
 */
import { createHash } from 'node:crypto'
import {
  type App,
  addMessage,
  authenticate,
  createApp,
  defineSettings,
  type HttpRequest,
  HttpResponse,
  login,
  logout,
  messages,
  path,
  redirect,
  requireUser,
  responseError,
  responseSuccess,
  type Settings,
  serveMedia,
  View,
} from 'nuages'
import type { Door, DoorKind } from './doors.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    count: number
    [key: `key-${number}`]: number
  }
}

/** What happened to the stream of `/endless/`. */
export const streams: { closed: number } = { closed: 0 }

const encoder = new TextEncoder()

class Book extends View {
  get(_request: HttpRequest, { id }: { readonly id: number }) {
    return responseSuccess({ id, type: typeof id })
  }
}

class Count extends View {
  async get(request: HttpRequest) {
    return responseSuccess((await request.session).get('count') ?? 0)
  }

  async post(request: HttpRequest) {
    const session = await request.session
    return responseSuccess(await session.update('count', (count = 0) => count + 1))
  }
}

class Login extends View {
  async get(request: HttpRequest) {
    return responseSuccess((await requireUser(request)).username)
  }

  async post(request: HttpRequest) {
    const { username, password } = (await request.json()) as { username: string; password: string }
    const user = await authenticate(request, { username, password })
    if (user === null) return responseError('invalid_login', { status: 401 })
    await login(request, user)
    return responseSuccess(user.username)
  }

  async delete(request: HttpRequest) {
    await logout(request)
    return responseSuccess()
  }
}

async function head(request: HttpRequest) {
  const { method, path: place, host, scheme, ip } = request
  return responseSuccess({
    method,
    path: place,
    host,
    scheme,
    ip,
    url: request.buildAbsoluteUri(),
    query: [...request.GET.lists()],
  })
}

async function form(request: HttpRequest) {
  return responseSuccess(Object.fromEntries((await request.POST).lists()))
}

async function json(request: HttpRequest) {
  return responseSuccess(await request.json())
}

async function files(request: HttpRequest) {
  const found = []
  for (const [field, list] of (await request.FILES).lists())
    for (const file of list) {
      const hash = createHash('sha256')
      for await (const chunk of file.chunks()) hash.update(chunk)
      const { name, size, temporaryPath } = file
      found.push({ field, name, size, onDisk: temporaryPath !== null, sha256: hash.digest('hex') })
    }
  return responseSuccess({ files: found, fields: Object.fromEntries((await request.POST).lists()) })
}

async function parts(request: HttpRequest) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of request.parts()) {
    if (part.kind === 'field') continue
    for await (const chunk of part.transientChunks()) {
      bytes += chunk.byteLength
      hash.update(chunk)
    }
  }
  return responseSuccess({ bytes, sha256: hash.digest('hex') })
}

/** Any object will do. */
const anything = {
  '~standard': { version: 1, vendor: 'checks', validate: (value: unknown) => ({ value: value as { title?: string } }) },
} as const

async function keep(request: HttpRequest) {
  const { storage } = request.app
  const rules = {
    photo: { accept: ['image/png'], maxBytes: 1_000_000, required: true, storage, uploadTo: 'photos/' },
  } as const
  const { photo } = await request.validate(anything, { files: rules })
  return responseSuccess({ name: photo.name, url: await storage.url(photo.name) })
}

function cookies(request: HttpRequest) {
  const response = responseSuccess(Object.fromEntries(request.COOKIES))
  if (request.method === 'POST')
    response.setCookie('plain', 'a b;"c"', { httpOnly: true, sameSite: 'lax' }).setCookie('other', 'crème')
  return response
}

async function token(request: HttpRequest) {
  return responseSuccess(await request.csrf.token())
}

function stream() {
  const body = async function* () {
    for (const text of ['one ', 'two ', 'three']) yield encoder.encode(text)
  }
  return new HttpResponse(body(), { contentType: 'text/plain' })
}

function endless() {
  const chunk = new Uint8Array(65_536)
  const body = async function* () {
    try {
      for (;;) {
        yield chunk
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    } finally {
      streams.closed += 1
    }
  }
  return new HttpResponse(body(), { contentType: 'application/octet-stream' })
}

function save(request: HttpRequest) {
  addMessage(request, 'success', 'Saved: é')
  return redirect('/messages/')
}

async function shown(request: HttpRequest) {
  return responseSuccess((await messages(request)).map(({ text, levelTag }) => [levelTag, text]))
}

async function setKey(request: HttpRequest, { key }: { readonly key: number }) {
  ;(await request.session).set(`key-${key}`, key)
  return responseSuccess()
}

async function session(request: HttpRequest) {
  return responseSuccess(Object.fromEntries(await request.session))
}

function fail(): never {
  throw new Error('a secret of the server')
}

const urls = [
  path('head/café/', head),
  path('book/<int:id>/', Book.asView(), { name: 'book' }),
  path('form/', form),
  path('json/', json),
  path('files/', files),
  path('parts/', parts),
  path('keep/', keep),
  path('cookies/', cookies),
  path('token/', token),
  path('stream/', stream),
  path('endless/', endless),
  path('save/', save),
  path('messages/', shown),
  path('count/', Count.asView()),
  path('key/<int:key>/', setKey),
  path('session/', session),
  path('login/', Login.asView()),
  path('fail/', fail),
  path('plain/', () => Response.json({ data: 'plain' }, { status: 201, headers: { 'X-Own': 'yes' } })),
  path('media/<path:name>', serveMedia),
]

/** Few rounds: the algorithms are checked on their own. */
export const quickHashers: Settings['PASSWORD_HASHERS'] = [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }]

export interface Site {
  readonly app: App
  readonly door: Door
  /** What the app has logged as an error. */
  readonly errors: readonly string[]
}

/** The app on a door, with settings of its own. Whoever opens it closes the door, and with it the app. */
export async function openSite(kind: DoorKind, settings: Partial<Settings>): Promise<Site> {
  const errors: string[] = []
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'a key for the checks of runtimes, and for nothing else at all',
      ALLOWED_HOSTS: ['127.0.0.1'],
      SESSION_ENGINE: 'signed_cookies',
      PASSWORD_HASHERS: quickHashers,
      EMAIL_BACKEND: 'dummy',
      ...settings,
    }),
    urls,
    logger: {
      info() {},
      warn() {},
      error: (fields, message) => errors.push(`${message} ${JSON.stringify(fields, textOf)}`),
    },
  })
  return { app, door: await kind.open(app), errors }
}

function textOf(_name: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}
