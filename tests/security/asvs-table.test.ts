/** docs/asvs.md against the tests that it names, and against the list of requirements. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '../..')
const answers = ['met', 'part', 'application', 'not met', 'does not apply']

/** Levels 1 and 2 of version 5.0.0: how many requirements of each section, without those of level 3. */
const sections: Readonly<Record<string, readonly number[]>> = {
  '1.1': numbers(2),
  '1.2': numbers(9),
  '1.3': numbers(11),
  '1.4': numbers(3),
  '1.5': numbers(2),
  '2.1': numbers(3),
  '2.2': numbers(3),
  '2.3': numbers(4),
  '2.4': numbers(1),
  '5.1': numbers(1),
  '5.2': numbers(3),
  '5.3': numbers(2),
  '5.4': numbers(3),
  '6.1': numbers(3),
  '6.2': numbers(12),
  '6.3': numbers(4),
  '6.4': numbers(4),
  '6.5': numbers(5),
  '6.6': numbers(3),
  '6.8': numbers(4),
  '7.1': numbers(3),
  '7.2': numbers(4),
  '7.3': numbers(2),
  '7.4': numbers(5),
  '7.5': numbers(2),
  '7.6': numbers(2),
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** What is met and no test can show: there is nothing to run, or somebody has to read it. */
const withoutTest: Readonly<Record<string, string>> = {
  '1.3.10': 'texts of JavaScript are no formats, and the log is JSON',
  '1.4.1': 'the language',
  '6.1.3': 'a page to read',
  '6.2.10': 'nothing is stored that could tell the age of a password',
  '6.4.2': 'nothing is stored that could be asked for',
}

/** `[pages](../src/pages.test.ts): title of a test`, several of them with semicolons between. */
function readTests(cell: string): readonly { readonly file: string; readonly name: string }[] | null {
  if (cell === '') return []
  const links = cell.split(/; (?=\[)/).map(text => /^\[[^\]]+\]\(\.\.\/([^)]+)\): (.+)$/.exec(text))
  const tests = links.flatMap(link => (link === null ? [] : [{ file: link[1] ?? '', name: link[2] ?? '' }]))
  return tests.length === links.length ? tests : null
}

const rows = readFileSync(join(root, 'docs/asvs.md'), 'utf8')
  .split('\n')
  .filter(line => /^\| \d/.test(line))
  .map(line => {
    const [number = '', level = '', , answer = '', , test = ''] = line.slice(2, -2).split(' | ')
    return { number, level, answer, test: test.trim(), tests: readTests(test.trim()) }
  })

describe('the table of ASVS', () => {
  it('has every requirement of levels 1 and 2 of its chapters, once and in order', () => {
    const asked = Object.entries(sections).flatMap(([section, each]) => each.map(last => `${section}.${last}`))
    assert.deepEqual(
      rows.filter(({ level }) => level !== '3').map(({ number }) => number),
      asked,
    )
  })

  it('answers each in a word', () => {
    for (const { number, answer } of rows) assert.ok(answers.includes(answer), `${number}: ${answer}`)
  })

  it('shows by a test what is met, but for what no test can show', () => {
    const bare = rows.filter(({ answer, test }) => answer === 'met' && test === '')
    assert.deepEqual(
      bare.map(({ number }) => number),
      Object.keys(withoutTest),
    )
  })

  it('names tests that there are', () => {
    for (const { number, test, tests } of rows) {
      assert.ok(tests !== null, `${number}: ${test}`)
      for (const { file, name } of tests) {
        assert.match(file, /\.test\.ts$/)
        const source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")
        // A whole title, but for what differs from case to case.
        const title = new RegExp(`(?:['"\`]|\\}: )${RegExp.escape(name)}(?:['"\`]| \\(|: \\$\\{)`)
        const start = source.split('\n').find(line => title.test(line))
        assert.ok(start !== undefined, `${number}: no test "${name}" in ${file}`)
        assert.match(start, /\b(?:it|test)\(|^\s*['"`]/, `${number}: ${start}`)
      }
    }
  })
})
