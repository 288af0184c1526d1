import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { chunksOf, type StreamedBody } from './body-chunks.ts'

/** A source of each kind that waits for its second chunk for ever, and whether it has been let go of. */
function silentSources(first: unknown): readonly [kind: string, body: StreamedBody, stopped: () => boolean][] {
  let isCancelled = false
  const ofNode = new Readable({ objectMode: true, read() {} })
  ofNode.push(first)
  const ofTheWeb = new ReadableStream({
    start: sink => sink.enqueue(first),
    cancel() {
      isCancelled = true
    },
  })
  return [
    ['a stream of Node', ofNode, () => ofNode.destroyed],
    ['a web stream', ofTheWeb, () => isCancelled],
  ]
}

describe('the chunks of a body', () => {
  for (const [kind, body, isStopped] of silentSources(Buffer.from('a')))
    it(`of ${kind} end at once for a reader that does not want the rest, also while it waits for one`, async () => {
      const chunks = chunksOf(body)
      assert.equal((await chunks.next()).value?.toString(), 'a')
      const next = chunks.next()
      await chunks.return()
      assert.deepEqual([await next, isStopped()], [{ done: true, value: undefined }, true])
      assert.equal((await chunks.next()).done, true)
      await chunks.return()
    })

  for (const [kind, body, isStopped] of silentSources(Buffer.from('a')))
    it(`of ${kind} need not be begun`, async () => {
      await chunksOf(body).return()
      assert.equal(isStopped(), true)
    })

  for (const [kind, body, isStopped] of silentSources({ a: 1 }))
    it(`of ${kind} that are none are refused, and the source is let go of`, async () => {
      await assert.rejects(chunksOf(body).next(), TypeError)
      assert.equal(isStopped(), true)
    })

  it('of an async generator run its finally, begun or not, and a failure there is nobody’s', async () => {
    let isEnded = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('a')
      } finally {
        isEnded = true
        await Promise.reject(new Error('cannot close'))
      }
    }
    const chunks = chunksOf(source())
    await chunks.next()
    await chunks.return()
    assert.equal(isEnded, true)
    await chunksOf(source()).return()
  })

  it('of a source whose iterator cannot be had fail when they are read', async () => {
    const body: StreamedBody = {
      [Symbol.asyncIterator]() {
        throw new Error('taken')
      },
    }
    await assert.rejects(chunksOf(body).next(), /taken/)
    await chunksOf(body).return()
  })
})
