import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codesIn, compareCatalogue, rowsIn } from './check-errors.ts'

const source = `
/** readonly code = 'in/comment' */
export class TooLarge extends HttpError {
  readonly code = 'files/too-large'
  readonly status = 413
}
export class Expired extends BadSignature {
  override readonly code: string = 'signing/expired'
}
export class View {}
`
const rows =
  '| code | status | when | fix |\n| --- | --- | --- | --- |\n| `files/too-large` | 413 | It is. | Send less. |\n'

test('a code is read from its class, with the status of that class', () => {
  assert.deepEqual(codesIn('a.ts', source), [
    { code: 'files/too-large', status: '413', where: 'a.ts' },
    { code: 'signing/expired', status: null, where: 'a.ts' },
  ])
})

test('a catalogue that says what the classes say has no problem', () => {
  const catalogue = `${rows}| \`signing/expired\` | - | Too old. | Sign anew. |\n`
  assert.deepEqual(compareCatalogue(codesIn('a.ts', source), rowsIn(catalogue)), [])
})

test('a missing row, a superfluous row, a wrong status and an empty cell are problems', () => {
  const catalogue = `${rows.replace('413', '400')}| \`gone\` | 400 | Once. | Nothing. |\n| \`signing/expired\` | - | Old. | |\n`
  assert.deepEqual(compareCatalogue(codesIn('a.ts', source), rowsIn(catalogue)), [
    'a.ts: `files/too-large` has status 413, docs/errors.md says 400',
    'a.ts: `signing/expired` has no row in docs/errors.md',
    'docs/errors.md: `gone` is thrown by nothing in src',
  ])
})
