import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClientDisconnected } from '../http/index.ts'
import { poolThreads } from '../settings/index.ts'
import { PasswordsBusy } from './errors.ts'
import { defaultAtOnce, HashQueue } from './hash-queue.ts'

const longMs = 1_000_000

/** Works that end when told, and the order in which they began. */
function works() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    begun.push(name)
    return new Promise<string>(resolve => ends.set(name, () => resolve(name)))
  }
  const settled = () => new Promise(resolve => setImmediate(resolve))
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    await settled()
  }
  return { begun, work, end, settled }
}

describe('the queue of password hashes', () => {
  it('runs so many at once, and the others in the order in which they came', async () => {
    const queue = new HashQueue({ atOnce: 2, maxWaitMs: longMs })
    const { begun, work, end } = works()
    const all = ['a', 'b', 'c', 'd', 'e'].map(name => queue.run(work(name)))
    assert.deepEqual(begun, ['a', 'b'])
    await end('b')
    assert.deepEqual(begun, ['a', 'b', 'c'])
    await end('a')
    await end('c')
    assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e'])
    await end('e')
    await end('d')
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd', 'e'])
  })

  it('lets nobody overtake those who wait', async () => {
    const queue = new HashQueue({ atOnce: 1, maxWaitMs: longMs })
    const { begun, work, end } = works()
    const runs = [queue.run(work('a')), queue.run(work('b'))]
    void runs[0]?.then(() => runs.push(queue.run(work('late'))))
    await end('a')
    assert.deepEqual(begun, ['a', 'b'])
    await end('b')
    assert.deepEqual(begun, ['a', 'b', 'late'])
    await end('late')
    await Promise.all(runs)
  })

  it('goes on after a work that fails, thrown at once or later', async () => {
    const queue = new HashQueue({ atOnce: 1, maxWaitMs: longMs })
    const throws = (): never => {
      throw new Error('at once')
    }
    const results = await Promise.allSettled([
      queue.run(throws),
      queue.run(() => Promise.reject(new Error('later'))),
      queue.run(async () => 'good'),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    )
  })

  it('refuses with 503 and Retry-After when too many wait, and takes more when fewer do', async () => {
    const queue = new HashQueue({ atOnce: 1, maxWaiting: 2, maxWaitMs: longMs })
    const { begun, work, end } = works()
    const all = ['a', 'b', 'c'].map(name => queue.run(work(name)))
    await assert.rejects(queue.run(work('d')), error => {
      assert(error instanceof PasswordsBusy)
      assert.equal(error.status, 503)
      assert.match(error.headers['Retry-After'] ?? '', /^\d+$/)
      return true
    })
    await end('a')
    all.push(queue.run(work('e')))
    for (const name of ['b', 'c', 'e']) await end(name)
    await Promise.all(all)
    assert.deepEqual(begun, ['a', 'b', 'c', 'e'])
  })

  it('refuses who has waited too long, and gives their place to the next', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const queue = new HashQueue({ atOnce: 1, maxWaitMs: 1000 })
    const { begun, work, end } = works()
    const first = queue.run(work('a'))
    const second = assert.rejects(queue.run(work('b')), PasswordsBusy)
    t.mock.timers.tick(600)
    const third = queue.run(work('c'))
    t.mock.timers.tick(600)
    await second
    await end('a')
    t.mock.timers.tick(10_000)
    await end('c')
    await Promise.all([first, third])
    assert.deepEqual(begun, ['a', 'c'])
  })

  it('gives the place of a client that went away to the next, and ends no work that has begun', async () => {
    const queue = new HashQueue({ atOnce: 1, maxWaiting: 1, maxWaitMs: longMs })
    const { begun, work, end } = works()
    const [running, waiting] = [new AbortController(), new AbortController()]
    const first = queue.run(work('a'), running.signal)
    const second = assert.rejects(queue.run(work('b'), waiting.signal), ClientDisconnected)
    running.abort()
    waiting.abort()
    await second
    await assert.rejects(queue.run(work('gone'), waiting.signal), ClientDisconnected)
    const third = queue.run(work('c'))
    await end('a')
    assert.equal(await first, 'a')
    await end('c')
    await third
    assert.deepEqual(begun, ['a', 'c'])
  })

  it('leaves a thread of the pool and a processor to others, and runs one at a time where there is only one', () => {
    assert.equal(defaultAtOnce(4, 8), 3)
    assert.equal(defaultAtOnce(16, 4), 3)
    assert.equal(defaultAtOnce(4, 2), 1)
    assert.equal(defaultAtOnce(1, 1), 1)
  })

  it("counts the pool's threads as libuv does", () => {
    const threads = (size?: string): number => poolThreads({ UV_THREADPOOL_SIZE: size })
    assert.deepEqual(
      [threads(), threads('16'), threads('9999'), threads('0'), threads('x'), threads('-3')],
      [4, 16, 1024, 1, 1, 1],
    )
  })
})
