/** The site: its settings, its addresses, and what becomes of a file. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp, type HttpRequest, HttpResponse, include, path } from 'nuages'
import { defineSettings, env } from 'nuages/settings'
import { createTusUploads } from 'nuages/tus'
import { type ArrivedFile, homePage } from './page.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    /** Whose uploads these are: anybody may upload here, and go on with what is theirs. */
    visitor: string
    arrived: readonly ArrivedFile[]
  }
}

/**
 * Whoever drops the cookie is a new visitor, with as many uploads again: good enough at home. On a public site leave `owner` out, which asks for a
 * login, or count by address in `onCreate`.
 */
async function visitorOf(request: HttpRequest): Promise<string> {
  const session = await request.session
  return session.get('visitor') ?? session.update('visitor', (visitor = randomUUID()) => visitor)
}

const uploads = createTusUploads({
  folder: env('UPLOAD_FOLDER', join(tmpdir(), 'nuages-resumable', 'uploading')),
  storage: request => request.app.storage,
  maxBytes: 5_368_709_120,
  owner: visitorOf,
  async onFinish(request, { id, filename, length }) {
    const session = await request.session
    // It may be called twice for one file.
    await session.update('arrived', (files = []) =>
      [{ id, filename, length }, ...files.filter(file => file.id !== id)].slice(0, 20),
    )
  },
})

const script = readFileSync(new URL('client.js', import.meta.url))

async function home(request: HttpRequest): Promise<HttpResponse> {
  await visitorOf(request)
  const files = (await request.session).get('arrived') ?? []
  return new HttpResponse(homePage(files), { headers: { 'Cache-Control': 'no-store' } })
}

export function createSite(): App {
  return createApp({
    settings: defineSettings({
      SECRET_KEY: env('SECRET_KEY', randomBytes(32).toString('base64url')),
      DATABASE_URL: env('DATABASE_URL', 'sqlite::memory:'),
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      MEDIA_ROOT: env('MEDIA_ROOT', join(tmpdir(), 'nuages-resumable', 'arrived')),
      SECURE_CSP: "default-src 'self'; style-src 'unsafe-inline'",
    }),
    urls: [
      path('', home),
      path('client.js', () => new HttpResponse(script, { contentType: 'text/javascript; charset=utf-8' })),
      path('upload/', include(uploads.urls)),
    ],
  })
}
