import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { placeOnce, reserve } from './place-file.ts'

describe('a complete file', () => {
  for (const [how, place] of [
    ['by a second name', placeOnce],
    ['on a disk that has no second names', reserve],
  ] as const)
    it(`gets a name once, ${how}, and takes nobody else's`, async t => {
      const folder = temporaryFolder(t)
      const to = (name: string): string => join(folder, name)
      const partials = Array.from({ length: 12 }, (_, index) => to(`partial-${index}`))
      for (const [index, path] of partials.entries()) writeFileSync(path, `content ${index}`)
      const placed = await Promise.all(partials.map(path => place(path, to('a'))))
      assert.equal(placed.filter(Boolean).length, 1)
      assert.equal(readFileSync(to('a'), 'utf8'), `content ${placed.indexOf(true)}`)
      mkdirSync(to('folder'))
      symlinkSync('nowhere', to('link'))
      const [loser] = partials.filter((_, index) => !placed[index]) as [string]
      assert.equal(await place(loser, to('folder')), false)
      assert.equal(await place(loser, to('link')), false)
      await assert.rejects(place(to('no such file'), to('b')))
      assert.equal(readdirSync(folder).includes('b'), false)
    })
})
