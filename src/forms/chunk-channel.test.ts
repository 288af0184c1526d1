import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ChunkChannel } from './chunk-channel.ts'

const chunk = (text: string): Uint8Array => Buffer.from(text)

describe('a channel of chunks', () => {
  it('keeps nothing: who gives goes on when who takes asks for the next', async () => {
    const channel = new ChunkChannel()
    const events: string[] = []
    const giving = (async () => {
      for (const text of ['a', 'b', 'c']) {
        await channel.give(chunk(text))
        events.push(`${text} dealt with`)
      }
      channel.end()
    })()
    for await (const each of channel) {
      await wait(1)
      events.push(`${Buffer.from(each)} taken`)
    }
    await giving
    assert.deepEqual(events, ['a taken', 'a dealt with', 'b taken', 'b dealt with', 'c taken', 'c dealt with'])
  })

  it('ends when there are no more, also before any was asked for', async () => {
    const channel = new ChunkChannel()
    channel.end()
    assert.deepEqual(await Array.fromAsync(channel), [])
    const waiting = new ChunkChannel()
    const taken = Array.fromAsync(waiting)
    await wait(1)
    waiting.end()
    assert.deepEqual(await taken, [])
  })

  it('tells both sides of a failure, once it is there and from then on', async () => {
    const problem = new Error('broken')
    const channel = new ChunkChannel()
    const giving = assert.rejects(channel.give(chunk('a')), problem)
    channel.fail(problem)
    channel.fail(new Error('a later one'))
    await giving
    await assert.rejects(channel.give(chunk('b')), problem)
    await assert.rejects(Array.fromAsync(channel), problem)
    const waiting = new ChunkChannel()
    const taking = assert.rejects(Array.fromAsync(waiting), problem)
    await wait(1)
    waiting.fail(problem)
    await taking
  })

  it('lets who gives go on when nobody takes any more', async () => {
    const channel = new ChunkChannel()
    const giving = (async () => {
      for (let round = 0; round < 5; round += 1) await channel.give(chunk('a'))
    })()
    for await (const _ of channel) break
    await giving
  })
})
