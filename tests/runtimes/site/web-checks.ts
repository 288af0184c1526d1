/** Views, URLs, bodies, cookies, CSRF and messages, through each door. */
import assert from 'node:assert/strict'
import { check } from './checks.ts'
import type { DoorKind } from './doors.ts'
import { openSite, type Site } from './shop.ts'
import { Visitor } from './visitor.ts'

type Body = (visitor: Visitor, site: Site) => Promise<void>

/** Adds all of them, for one door. */
export function addWebChecks(kind: DoorKind): void {
  const it = (part: string, name: string, body: Body): void =>
    check(part, `${kind.name}: ${name}`, async () => {
      const site = await openSite(kind, {})
      try {
        await body(new Visitor(site.door), site)
      } finally {
        await site.door.close()
      }
    })
  addViewChecks(it)
  addBodyChecks(it)
  addVisitorChecks(it)
}

type It = (part: string, name: string, body: Body) => void

function addViewChecks(it: It): void {
  it('views and URLs', 'the head of a request is what was sent', async (visitor, { door, app }) => {
    const head = await visitor.data('GET', '/head/caf%C3%A9/?tag=a&tag=b&x=%F0%9F%98%80')
    assert.deepEqual(head, {
      method: 'GET',
      path: '/head/café/',
      host: new URL(door.origin).host,
      scheme: 'http',
      ip: '127.0.0.1',
      url: `${door.origin}/head/caf%C3%A9/?tag=a&tag=b&x=%F0%9F%98%80`,
      query: [
        ['tag', ['a', 'b']],
        ['x', ['😀']],
      ],
    })
    assert.equal(app.resolver.reverse('book', { id: 7 }), '/book/7/')
  })

  it('views and URLs', 'a path gives typed values; wrong ones, methods and hosts are refused', async visitor => {
    assert.deepEqual(await visitor.data('GET', '/book/7/'), { id: 7, type: 'number' })
    const missing = await visitor.get('/book/x/')
    assert.deepEqual([missing.status, missing.headers.get('content-type')], [404, 'application/problem+json'])
    const wrong = await visitor.post('/book/7/')
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
    const slash = await visitor.get('/book/7?x=1')
    assert.deepEqual([slash.status, slash.headers.get('location')], [301, '/book/7/?x=1'])
  })

  it(
    'views and URLs',
    'answers: HEAD, a plain Response, header fields of every answer, a bug',
    async (visitor, site) => {
      const head = await visitor.send('HEAD', '/book/7/')
      assert.deepEqual([head.status, await head.text()], [200, ''])
      assert.equal(head.headers.get('x-content-type-options'), 'nosniff')
      const plain = await visitor.get('/plain/')
      assert.deepEqual([plain.status, plain.headers.get('x-own'), await plain.json()], [201, 'yes', { data: 'plain' }])
      const bug = await visitor.get('/fail/')
      assert.equal(bug.status, 500)
      assert.doesNotMatch(await bug.text(), /secret/)
      assert.match(site.errors.join(), /a secret of the server/)
    },
  )

  it('views and URLs', 'an answer in pieces arrives whole', async visitor => {
    assert.equal(await (await visitor.get('/stream/')).text(), 'one two three')
  })
}

function addBodyChecks(it: It): void {
  it('bodies', 'JSON and forms are read', async visitor => {
    const value = { name: 'é😀', list: [1, 2.5, null], deep: { x: true } }
    assert.deepEqual(await visitor.data('POST', '/json/', { json: value }), value)
    assert.deepEqual(await visitor.data('POST', '/form/', { form: { name: 'é&=', empty: '' } }), {
      name: ['é&='],
      empty: [''],
    })
    const multipart = new FormData()
    multipart.append('name', 'é')
    multipart.append('name', 'b\r\nc')
    assert.deepEqual(await visitor.data('POST', '/form/', { body: multipart }), { name: ['é', 'b\r\nc'] })
  })

  it('bodies', 'wrong, coded and too large bodies are refused', async visitor => {
    const json = { 'Content-Type': 'application/json' }
    assert.equal((await visitor.post('/json/', { headers: json, body: '{"a":' })).status, 400)
    const coded = { headers: { ...json, 'Content-Encoding': 'gzip' }, body: '{}' }
    assert.equal((await visitor.post('/json/', coded)).status, 415)
    const large = { headers: json, body: `"${'x'.repeat(3_000_000)}"` }
    assert.equal((await visitor.post('/json/', large)).status, 413)
  })

  it('bodies', 'a body without a length is counted as it comes', async visitor => {
    const chunk = new Uint8Array(100_000).fill(32)
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        if (pulled > 100) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const answer = await visitor
      .post('/json/', { headers: { 'Content-Type': 'application/json' }, body })
      .then(({ status }) => status)
      .catch(() => 'closed') // before the rest was sent
    assert(answer === 413 || answer === 'closed', String(answer))
  })
}

function addVisitorChecks(it: It): void {
  it('cookies', 'several of one answer come back as they were set', async visitor => {
    const set = await visitor.post('/cookies/')
    assert.equal(set.headers.getSetCookie().length, 2)
    assert.equal(set.headers.getSetCookie()[0], String.raw`plain="a b\073\"c\""; HttpOnly; Path=/; SameSite=lax`)
    assert.deepEqual(await visitor.data('GET', '/cookies/'), { plain: 'a b;"c"', other: 'crème' })
  })

  it('CSRF', 'another site is refused, the own one and the token are not', async (browser, { door }) => {
    for (const site of ['cross-site', 'same-site'])
      assert.equal((await browser.post('/form/', { headers: { 'Sec-Fetch-Site': site } })).status, 403, site)
    const program = new Visitor(door, {})
    const token = (await program.data('GET', '/token/')) as string
    const answers = await Promise.all([
      program.post('/form/', { form: { a: '1' } }),
      program.post('/form/', { form: { a: '1' }, headers: { Origin: 'http://evil.example' } }),
      program.post('/form/', { form: { a: '1', csrfmiddlewaretoken: token } }),
      program.post('/form/', { form: { a: '1' }, headers: { 'X-CSRFToken': token } }),
      program.post('/form/', { form: { a: '1' }, headers: { Origin: door.origin } }),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 200, 200, 200],
    )
  })

  it('messages', 'a message waits for the next page, once', async visitor => {
    assert.equal((await visitor.post('/save/')).status, 302)
    assert.deepEqual(await visitor.data('GET', '/messages/'), [['success', 'Saved: é']])
    assert.deepEqual(await visitor.data('GET', '/messages/'), [])
  })
}
