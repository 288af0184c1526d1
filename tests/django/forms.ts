/**
 * A page of one program, a form to the other: CSRF protection, uploads and signed cookies, over sockets and with one jar of cookies.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { temporaryFolder } from '../real-parts.ts'
import { Browser } from './browser.ts'
import type { Answer } from './oracle.ts'
import { openSharedSite } from './site.ts'

const token = (value: string): Record<string, string> => ({ csrfmiddlewaretoken: value })

it('a page of one program sends its forms to the other', async t => {
  const site = await openSharedSite(t, { url: `sqlite:${temporaryFolder(t)}/db.sqlite3` })
  if (site === null) return
  const ways = [
    ['Django to Nuages', site.django, site.nuages],
    ['Nuages to Django', site.nuages, site.django],
  ] as const
  for (const [way, from, to] of ways) {
    await t.test(`from ${way}: with the token of the page, and not without`, async () => {
      const browser = new Browser()
      const page = await browser.open(from, '/csrf/')
      const send = (form: Record<string, string>, headers = {}) =>
        browser.copy().open(to, '/csrf/', { form: { name: 'ä', ...form }, headers, isOld: true })
      const accepted = await send(token(page.json.token))
      assert.deepEqual([accepted.status, accepted.json.POST?.name], [200, ['ä']])
      assert.equal((await send({}, { 'X-CSRFToken': page.json.token })).status, 200)
      const cookie = browser.cookies.get('csrftoken') ?? ''
      assert.equal((await send({}, { 'X-CSRFToken': cookie })).status, 200)
      const others = (await new Browser().open(from, '/csrf/')).json.token
      for (const bad of ['', others, cookie.toUpperCase(), page.json.token.slice(1)])
        assert.equal((await send(token(bad))).status, 403, bad)
    })

    await t.test(`from ${way}: the cookie is taken over, and its secret stays`, async () => {
      const browser = new Browser()
      const first = (await browser.open(from, '/csrf/')).json.token
      const second = (await browser.open(to, '/csrf/')).json.token
      for (const port of [from, to])
        for (const value of [first, second])
          assert.equal((await browser.open(port, '/csrf/', { form: token(value), isOld: true })).status, 200)
    })

    await t.test(`from ${way}: a login there ends the tokens from before it`, async () => {
      const name = way.replaceAll(' ', '-')
      await site.oracle.ask('create-user', { username: name, password: 'secret' })
      const browser = new Browser()
      const before = (await browser.open(from, '/csrf/')).json.token
      const form = { username: name, password: 'secret', ...token(before) }
      assert.equal((await browser.open(to, '/login/', { form })).status, 200)
      for (const port of [from, to])
        assert.equal((await browser.open(port, '/csrf/', { form: token(before), isOld: true })).status, 403)
      const after = (await browser.open(from, '/csrf/')).json.token
      assert.equal((await browser.open(to, '/csrf/', { form: token(after), isOld: true })).status, 200)
    })

    await t.test(`from ${way}: a form with files`, async () => {
      const browser = new Browser()
      const page = await browser.open(from, '/csrf/')
      const bytes = randomBytes(300_000)
      const form = (value: string): FormData => {
        const body = new FormData()
        body.set('csrfmiddlewaretoken', value)
        body.set('title', 'naïve 😀')
        body.set('empty', new File([], 'nothing.txt'))
        body.set('photo', new File([bytes], 'ünïcode (1).png', { type: 'image/png' }))
        return body
      }
      // The oracle's page for uploads asks for no token; its other page does, and shows the fields.
      const checked = await browser.open(to, '/csrf/', { body: form(page.json.token), isOld: true })
      assert.deepEqual([checked.status, checked.json.POST?.title], [200, ['naïve 😀']])
      assert.equal((await browser.open(to, '/csrf/', { body: form('x'.repeat(64)), isOld: true })).status, 403)
      const { json } = await browser.open(to, '/upload/', { body: form(page.json.token), isOld: true })
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      assert.deepEqual(
        json.files.map(({ field, name, size }: Answer) => [field, name, size]),
        [
          ['empty', 'nothing.txt', 0],
          ['photo', 'ünïcode (1).png', 300_000],
        ],
      )
      assert.equal(json.files[1].sha256, sha256)
      assert.deepEqual(json.POST.title, ['naïve 😀'])
    })

    await t.test(`from ${way}: a signed cookie`, async () => {
      for (const value of ['plain', 'with "quotes"; and, commas', 'ünïcode', '']) {
        const browser = new Browser()
        await browser.open(from, '/signed-cookie/', { json: { name: 'prefs', value, salt: 'pages' } })
        const read = (query: string) => browser.open(to, `/signed-cookie/?${query}`)
        assert.deepEqual((await read('name=prefs&salt=pages')).json, { value })
        assert.equal((await read('name=prefs&salt=other')).status, 400)
        const signed = browser.cookies.get('prefs') ?? ''
        browser.cookies.set('other', signed)
        assert.equal((await read('name=other&salt=pages')).status, 400)
        browser.cookies.set('prefs', `x${signed}`)
        assert.equal((await read('name=prefs&salt=pages')).status, 400)
      }
    })
  }
})

it('CSRF secrets in the session are shared, too', async t => {
  const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
  const settings = { CSRF_USE_SESSIONS: true }
  const site = await openSharedSite(t, { url, settings, nuages: settings })
  if (site === null) return
  const ways = [
    [site.django, site.nuages],
    [site.nuages, site.django],
  ] as const
  for (const [from, to] of ways) {
    const browser = new Browser()
    const page = await browser.open(from, '/csrf/')
    assert.equal(browser.cookies.get('csrftoken'), undefined)
    assert.equal((await browser.open(to, '/csrf/', { form: token(page.json.token), isOld: true })).status, 200)
    assert.equal((await browser.open(to, '/csrf/', { form: token('y'.repeat(64)), isOld: true })).status, 403)
  }
})
