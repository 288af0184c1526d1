import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../real-parts.ts'
import { addOne, ended, newVisitor, pieces, startStore } from './processes.ts'

describe('twenty tabs that add to one cart at once', () => {
  it('all count, in one process', async t => {
    const { url } = await startStore(t, { DATABASE_URL: `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}` })
    const cookie = await newVisitor(url)
    const answers = await Promise.all(Array.from({ length: 20 }, () => addOne(url, cookie)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(await pieces(url, cookie), 21)
    const counts = await Promise.all(
      answers.map(async answer => ((await answer.json()) as { data: { count: number } }).data.count),
    )
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index + 2),
    )
  })

  it('all count, in two processes on one SQLite file', async t => {
    const DATABASE_URL = `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}`
    const [one, two] = await Promise.all([startStore(t, { DATABASE_URL }), startStore(t, { DATABASE_URL })])
    const cookie = await newVisitor(one.url)
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => addOne(index % 2 === 0 ? one.url : two.url, cookie)),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(await pieces(two.url, cookie), 101)
  })
})

describe('a store process', () => {
  it('killed with -9 amid 200 writes has every write that it answered', async t => {
    const DATABASE_URL = `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}`
    const first = await startStore(t, { DATABASE_URL })
    const cookie = await newVisitor(first.url)
    let answered = 0
    const writes = Array.from({ length: 200 }, async () => {
      const response = await addOne(first.url, cookie).catch(() => null)
      if (response?.status !== 200) return
      answered += 1
      if (answered === 40) first.child.kill('SIGKILL')
    })
    await Promise.all(writes)
    await ended(first.child)
    assert(answered >= 40 && answered < 200, `${answered} answered`)
    const second = await startStore(t, { DATABASE_URL })
    const kept = (await pieces(second.url, cookie)) - 1
    assert(kept >= answered, `${answered} answered, ${kept} kept`)
  })

  it('finishes what runs at SIGTERM and ends well', async t => {
    const store = await startStore(t, { DATABASE_URL: `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}` })
    const cookie = await newVisitor(store.url)
    const running = Array.from({ length: 20 }, () =>
      addOne(store.url, cookie).then(
        response => response.status,
        () => 0,
      ),
    )
    await Promise.race(running)
    store.child.kill('SIGTERM')
    const statuses = await Promise.all(running)
    assert(statuses.every(status => status === 200 || status === 0))
    assert.equal(await ended(store.child), 0)
  })

  it('logs one line a request, without session keys, cookies, queries or passwords', async t => {
    const store = await startStore(t, { DATABASE_URL: `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}` })
    const cookie = await newVisitor(store.url)
    await fetch(`${store.url}/?q=my-secret-search`, { headers: { Cookie: cookie } })
    const body = JSON.stringify({ username: 'ada', password: 'my-secret-password' })
    await fetch(`${store.url}/api/backend/user/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    store.child.kill('SIGTERM')
    await ended(store.child)
    const lines = store
      .log()
      .split('\n')
      .filter(line => line.includes('"status"'))
    assert.equal(lines.length, 3)
    for (const line of lines) {
      const record = JSON.parse(line) as { requestId: string; method: string; path: string; status: number }
      assert.match(record.requestId, /^[0-9a-f-]{36}$/)
    }
    assert.doesNotMatch(store.log(), /my-secret|sessionid/)
    assert(!store.log().includes(cookie.slice('sessionid='.length)))
  })

  it('refuses to start in production without SECRET_KEY, in one line', async t => {
    const environment = {
      NODE_ENV: 'production',
      SECRET_KEY: '',
      DATABASE_URL: `sqlite:${join(temporaryFolder(t), 's.sqlite3')}`,
    }
    await assert.rejects(startStore(t, environment), (error: Error) => {
      assert.match(error.message, /ended with 1: .*SECRET_KEY/s)
      assert.doesNotMatch(error.message, /\n\s+at /)
      return true
    })
  })
})
