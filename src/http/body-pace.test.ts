import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { BodyPace, type BodyReading } from './body-pace.ts'

interface Clocked {
  readonly reading: BodyReading
  /** What has arrived. */
  readonly counter: { bytesRead: number }
  /** Lets seconds pass, `bytes` arriving in each, while somebody waits for the body. Resolves what became of the waiting. */
  readonly wait: (seconds: number, bytes: number) => Promise<'refused' | 'waits'>
  /** The same, while nobody waits. */
  readonly pause: (seconds: number, bytes: number) => void
}

/** A pace of 100 bytes within 10 seconds. */
function clocked(t: TestContext, options: { windowBytes?: number; windowSeconds?: number } = {}): Clocked {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const pace = new BodyPace({ windowBytes: 100, windowSeconds: 10, refusal: () => new Error('too slow'), ...options })
  const counter = { bytesRead: 0 }
  const reading = pace.watch(counter)
  const pause = (seconds: number, bytes: number): void => {
    for (let second = 0; second < seconds; second += 1) {
      counter.bytesRead += bytes
      t.mock.timers.tick(1000)
    }
  }
  const wait = async (seconds: number, bytes: number): Promise<'refused' | 'waits'> => {
    let arrive = (): void => {}
    const waiting = reading.wait<'waits'>(resolve => {
      arrive = () => resolve('waits')
    })
    pause(seconds, bytes)
    arrive()
    return waiting.catch(() => 'refused')
  }
  return { reading, counter, wait, pause }
}

describe('the pace of a body', () => {
  it('is too slow when a window passes with too little', async t => {
    const { wait } = clocked(t)
    assert.equal(await wait(9, 9), 'waits')
    assert.equal(await wait(1, 9), 'refused')
  })

  it('is held by what comes at once, and by what comes in drops', async t => {
    const { wait } = clocked(t)
    assert.equal(await wait(100, 10), 'waits')
    assert.equal(await wait(1, 1000), 'waits')
    assert.equal(await wait(9, 0), 'waits')
    assert.equal(await wait(1, 100), 'waits')
    assert.equal(await wait(11, 0), 'refused')
  })

  it('is measured over many short waits, and only while somebody waits', async t => {
    const { wait, pause } = clocked(t)
    for (let second = 0; second < 9; second += 1) {
      assert.equal(await wait(1, 1), 'waits')
      pause(100, 0)
    }
    assert.equal(await wait(1, 1), 'refused')
  })

  it('is any with 0 bytes, and in a window that no timer has', async t => {
    assert.equal(await clocked(t, { windowBytes: 0 }).wait(100, 0), 'waits')
    t.mock.timers.reset()
    assert.equal(await clocked(t, { windowSeconds: Number.POSITIVE_INFINITY }).wait(100, 0), 'waits')
  })
})
