import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { jsonOf, openStore } from './open-store.ts'

const chinese = { 'Accept-Language': 'zh-CN,zh;q=0.9,en;q=0.8' }

describe('the language of a page', () => {
  it('is the one that the browser asks for; the page and its head say which', async t => {
    const client = new Client(await openStore(t))
    for (const [headers, language, words] of [
      [chinese, 'zh', '四时天气之物'],
      [{ 'Accept-Language': 'fr' }, 'en', 'Things for all weathers'],
      [{}, 'en', 'Things for all weathers'],
    ] as const) {
      const response = await client.get('/', { headers })
      const page = await response.text()
      assert.ok(page.includes(`<html lang="${language}">`))
      assert.ok(page.includes(words))
      assert.equal(response.headers.get('content-language'), language)
      assert.match(response.headers.get('vary') ?? '', /Accept-Language/)
      assert.match(response.headers.get('vary') ?? '', /Cookie/)
    }
    assert.equal((await client.get('/api/shop/cart/', { headers: chinese })).headers.get('content-language'), null)
  })

  it('is the one that was chosen, for a year', async t => {
    const client = new Client(await openStore(t))
    const response = await client.post('/language/', { form: { language: 'zh', next: '/cart/' } })
    assert.equal(response.headers.get('location'), '/cart/')
    assert.match(
      client.cookies.setCookieOf('language') ?? '',
      /^language=zh;.*HttpOnly; Max-Age=31536000; Path=\/; SameSite=lax/,
    )
    assert.match(await (await client.get('/cart/')).text(), /里面还没有东西。/)
    const elsewhere = await client.post('/language/', { form: { language: 'en', next: '//other.example/' } })
    assert.equal(elsewhere.headers.get('location'), '/')
    assert.match(await (await client.get('/', { headers: chinese })).text(), /<html lang="en">/)
  })

  it('is left as it was by what is no language', async t => {
    const client = new Client(await openStore(t))
    for (const language of ['', 'xx', '__proto__', 'zh; Path=/x']) {
      const response = await client.post('/language/', { form: { language, next: '/' } })
      assert.equal(response.headers.getSetCookie().filter(line => line.startsWith('language=')).length, 0)
    }
  })

  it('is that of messages by field and of errors, too', async t => {
    const client = new Client(await openStore(t))
    const form = { username: '', password1: 'short', password2: 'other' }
    const page = await (await client.post('/user/register/', { form, headers: chinese })).text()
    assert.match(page, /id="username-error">此项必填。/)
    assert.match(page, /id="password1-error">至少使用 8 个字符。/)
    const missing = await client.get('/nowhere/', { headers: { ...chinese, Accept: 'text/html' } })
    assert.match(await missing.text(), /找不到页面/)
    assert.equal(missing.headers.get('content-language'), 'zh')
  })

  it('is that of problem details, too, in what people read of them', async t => {
    const client = new Client(await openStore(t))
    const json = { sku: 'MUG-FOG', quantity: 0 }
    const response = await client.post('/api/shop/cart/', { json, headers: chinese })
    assert.equal(response.headers.get('content-language'), 'zh')
    assert.match(response.headers.get('vary') ?? '', /Accept-Language/)
    const { title, code, errors } = await jsonOf(response)
    assert.deepEqual([title, code, errors.quantity], ['内容有误', 'forms/invalid', ['数量须为 1 到 99 的整数。']])
    const docs = await client.get('/api/docs/', { headers: chinese })
    assert.equal(docs.headers.get('content-language'), null, 'what describes the API is English')
  })

  it('leaves what a visitor wrote as it is, though it reads like a text of the shop', async t => {
    const client = new Client(await openStore(t))
    const form = { username: 'Cart', password1: 'quiet-rain-on-tin-roofs', password2: 'quiet-rain-on-tin-roofs' }
    const page = await (await client.post('/user/register/', { form, headers: chinese, follow: true })).text()
    assert.match(page, /<li class="success">欢迎，Cart。<\/li>/)
    assert.match(page, /<h1>Cart<\/h1>/)
  })
})
