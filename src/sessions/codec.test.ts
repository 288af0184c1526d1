import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSessionCodec } from './codec.ts'

it('a thousand visitors who come again are verified once, and those who come once in between do not change that', () => {
  const codec = createSessionCodec({ key: 'secret' })
  const writer = createSessionCodec({ key: 'secret' })
  const textOf = (visitor: string): string => writer.encode(new Map([['visitor', JSON.stringify(visitor)]]))
  const texts = Array.from({ length: 1000 }, (_, index) => textOf(`regular ${index}`))
  for (let round = 0; round < 3; round += 1) {
    for (const text of texts) codec.decode(text)
    for (let index = 0; index < 300; index += 1) codec.decode(textOf(`passer-by ${round} ${index}`))
  }
  const verified = texts.map(text => codec.decode(text))
  const again = texts.filter((text, index) => codec.decode(text) === verified[index])
  assert.ok(again.length > 950, `${again.length} of ${texts.length}`)
})
