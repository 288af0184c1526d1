/** An app with views for the tests of uploads, its temporary files in a folder of its own. */
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type App, type AppOptions, createApp } from 'nuages'
import type { HttpRequest, HttpResponse } from 'nuages/http'
import { type ServeOptions, serve } from 'nuages/node'
import { defineSettings, type SettingsInput } from 'nuages/settings'
import { path } from 'nuages/urls'
import { csrfExempt, type ViewFunction } from 'nuages/views'

export type TestView = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>

export interface Opened {
  readonly app: App
  /** Where its temporary files are. */
  readonly folder: string
  /** Their names, as soon as there are none, or after a second. */
  readonly leftFiles: () => Promise<readonly string[]>
  /** Descriptors of files in the folder that this process has open. */
  readonly openFiles: () => readonly string[]
}

export async function openApp(
  t: TestContext,
  view: TestView,
  { settings = {}, ...options }: { settings?: Partial<SettingsInput> } & Partial<Omit<AppOptions, 'settings'>> = {},
): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'nuages-uploads-'))
  const app = createApp({
    logger: null,
    ...options,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of uploads',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      FILE_UPLOAD_TEMP_DIR: folder,
      ...settings,
    }),
    urls: [path('upload/', csrfExempt(view as ViewFunction))],
  })
  t.after(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  await app.migrate()
  const leftFiles = async (): Promise<readonly string[]> => {
    let names = await readdir(folder)
    for (let waited = 0; names.length > 0 && waited < 10_000; waited += 20) {
      await wait(20)
      names = await readdir(folder)
    }
    return names
  }
  return { app, folder, leftFiles, openFiles: () => openFilesIn(folder) }
}

/** Descriptors of files in a folder that this process has open. */
export function openFilesIn(folder: string): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}

/** Sends an upload by `app.fetch`. */
export function send(app: App, form: FormData): Promise<Response> {
  return app.fetch(new Request('http://localhost/upload/', { method: 'POST', body: form }))
}

/** A form with a text and files of the sizes given, all in the field `file`. */
export function formOf(...sizes: readonly number[]): FormData {
  const form = new FormData()
  form.set('title', 'Wolken')
  for (const [index, size] of sizes.entries())
    form.append('file', new File([Buffer.alloc(size, index + 1)], `${index}.bin`, { type: 'image/png' }))
  return form
}

/** The same app on a socket. */
export async function listen(t: TestContext, app: App, options: ServeOptions = {}): Promise<number> {
  const server = await serve(
    { handle: source => app.handle(source) },
    { port: 0, signals: false, graceSeconds: 1, ...options },
  )
  t.after(() => server.close())
  return server.port
}

/** What the body of `startUpload` begins with. */
export const beginOfUpload = '--cut\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'

/** A connection that has sent the head of an upload, and the beginning of one file. `length` of the body is made up. */
export function startUpload(port: number, length: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST /upload/ HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=cut\r\nContent-Length: ${length}\r\n\r\n${beginOfUpload}`,
  )
  return socket
}
