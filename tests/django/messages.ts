/**
 * Messages that one program adds, the other shows, once.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createApp } from '../../src/app/index.ts'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../src/http/index.ts'
import { addMessage, messages } from '../../src/messages/index.ts'
import { serve } from '../../src/node/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { path } from '../../src/urls/index.ts'
import { temporaryFolder } from '../real-parts.ts'
import { Browser } from './browser.ts'
import { serveDjango } from './oracle.ts'
import { secretKey } from './site.ts'

interface Added {
  readonly level: number
  readonly message: string
  readonly extra_tags?: string
}

/** The page `/messages/` of Django's test site. */
async function messagesView(request: HttpRequest): Promise<HttpResponse> {
  if (request.method === 'POST') {
    for (const { level, message, extra_tags: tags = '' } of (await request.json()) as readonly Added[])
      addMessage(request, level, message, { tags })
    return jsonResponse({ ok: true })
  }
  const shown = (await messages(request)).map(({ level, text, extraTags }) => ({
    level,
    message: text,
    extra_tags: extraTags,
  }))
  return jsonResponse({ messages: shown })
}

const few: readonly Added[] = [
  { level: 25, message: 'Saved: é 雲 😀 "q"', extra_tags: 'big' },
  { level: 40, message: '<b>no</b>', extra_tags: '' },
]
const many: readonly Added[] = Array.from({ length: 40 }, (_, n) => ({
  level: 20,
  message: `${n} ${crypto.randomUUID()} ${crypto.randomUUID()}`,
  extra_tags: '',
}))

for (const storage of ['fallback', 'cookie', 'session'] as const) {
  it(`messages kept by ${storage} are shown once, whoever added them`, async t => {
    const MESSAGE_STORAGE = `django.contrib.messages.storage.${storage}.${storage[0]?.toUpperCase()}${storage.slice(1)}Storage`
    const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
    const django = await serveDjango(t, { url, secretKey, settings: { MESSAGE_STORAGE } })
    if (django === null) return
    const { django: version } = await django.oracle.ask('info')
    const app = createApp({
      settings: defineSettings({
        SECRET_KEY: secretKey,
        DATABASE_URL: url,
        DJANGO_VERSION: version,
        USE_TZ: true,
        ALLOWED_HOSTS: ['site.test'],
        MESSAGE_STORAGE,
      }),
      urls: [path('messages/', messagesView)],
      logger: null,
    })
    await app.migrate()
    const server = await serve(app, { port: 0, signals: false })
    t.after(async () => {
      await server.close()
      await app.close()
    })
    const ports = [django.port, server.port] as const
    for (const adder of ports) {
      for (const second of ports) {
        for (const shower of ports) {
          const browser = new Browser()
          const add = (port: number, json: readonly Added[]): Promise<unknown> =>
            browser.open(port, '/messages/', { json })
          const show = async (): Promise<readonly Added[]> =>
            ((await browser.open(shower, '/messages/')).json.messages as Added[]).map(message => ({
              ...message,
              // Django 3.2 keeps no empty tags.
              extra_tags: message.extra_tags ?? '',
            }))
          await add(adder, few)
          await add(second, [few[1] as Added])
          assert.deepEqual(await show(), [...few, few[1]])
          assert.deepEqual(await show(), [])
          if (storage === 'cookie') continue
          await add(adder, many)
          await add(second, few)
          assert.deepEqual(await show(), [...many, ...few])
          assert.deepEqual(await show(), [])
        }
      }
    }
  })
}
