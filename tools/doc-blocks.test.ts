import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocksOf, chaptersOf, programOf } from './doc-blocks.ts'
import { shows } from './shows.ts'

const page = `# A page

\`\`\`ts app.ts
export const one = 1
\`\`\`

\`\`\`ts no-run
import { one } from './app.ts'
one + 1 // => 2
\`\`\`

\`\`\`ts app.ts
export const one = 2 // => 2
\`\`\`

\`\`\`json
{}
\`\`\`

  \`\`\`sh run
  echo hello
    # => hello
  \`\`\`
`

test('a block has its language, words, first line and text without the indentation', () => {
  assert.deepEqual(blocksOf(page).at(-1), {
    language: 'sh',
    words: ['run'],
    line: 21,
    text: 'echo hello\n  # => hello\n',
  })
  assert.equal(blocksOf(page).length, 4)
})

test('a file named anew starts a chapter that still has the other files', () => {
  const [first, second, ...more] = chaptersOf(blocksOf(page), './shows.ts')
  assert.deepEqual([...(first?.files.keys() ?? [])], ['app.ts', 'line-8.ts'])
  assert.deepEqual(first?.programs, ['app.ts'])
  assert.deepEqual([...(second?.files.keys() ?? [])], ['app.ts', 'line-8.ts'])
  assert.deepEqual(second?.programs, ['app.ts'])
  assert.equal(more.length, 0)
})

test('an expected value becomes a check on the same line', () => {
  const text = 'const a: number = f(1) // => 2\na * 2 // => 4\n  console.log(a) // => 2\n// => nothing\n'
  assert.deepEqual(programOf({ language: 'ts', words: [], line: 3, text }, './shows.ts').split('\n'), [
    "import { shows } from './shows.ts'",
    '',
    'const a: number = f(1); shows(a, "2")',
    ';shows(a * 2, "4")',
    '  ;shows(a, "2")',
    '// => nothing',
    '',
  ])
})

test('a value is shown as Node prints it, as JSON or as text, with … for anything', () => {
  shows({ a: 'b' }, "{ a: 'b' }")
  shows({ a: 'b' }, '{"a":"b"}')
  shows('plain', 'plain')
  shows('pbkdf2_sha256$1000$salt$hash', "'pbkdf2_sha256$…'")
  assert.throws(() => shows(3, '4'), /The docs say: 4\nIt is: {8}3/)
  assert.throws(() => shows('a.b', 'a+b'), /The docs say/)
})
