/**
 * A reporter for `node --test` that is silent about what passes.
 *
 * Prints each failure with what its file wrote, each skipped or postponed test with its reason, diagnostics that begin
 * with `note: `, and the closing lines that node prints: `# tests 812`.
 */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data']
type Passed = Extract<TestEvent, { type: 'test:pass' }>['data']

/** Node's names of the closing lines, in its order. */
const closing = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const outputs = new Map<string, string>()
  const causes = new Set<string>()
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      const file = relative('', data.file)
      outputs.set(file, (outputs.get(file) ?? '') + data.message)
    } else if (type === 'test:pass' || type === 'test:fail') {
      if (data.skip !== undefined || data.todo !== undefined) yield setAside(data)
      else if (type === 'test:fail' && !failedBySubtests(data.details.error)) {
        const file = relative('', data.file ?? '')
        yield `\n✖ ${data.name} (${file}:${data.line ?? 0})\n`
        const cause = causeOf(data.details.error)
        // A hook that fails does so for each of its tests.
        yield causes.has(file + cause) ? 'As above.\n' : `${cause}\n${whatWasWritten(outputs.get(file))}`
        causes.add(file + cause)
        outputs.delete(file)
      }
    } else if (type === 'test:diagnostic') {
      if (data.nesting === 0 && closing.test(data.message)) yield `# ${data.message}\n`
      else if (data.message.startsWith('note: ')) yield `${data.message}\n`
      // What the runner can lay at no test's door: the file fails, and says no more.
      else if (data.message.startsWith('Error: ')) yield `\n✖ ${relative('', data.file ?? '')}\n${data.message}\n`
    }
  }
}

function setAside({ name, skip, todo }: Passed | Failure): string {
  const [word, reason] = skip === undefined ? ['todo', todo] : ['skipped', skip]
  return `${word}: ${name}${typeof reason === 'string' ? `: ${reason}` : ''}\n`
}

/** A suite fails because a test in it did, which was printed already. */
function failedBySubtests(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

function causeOf(error: Error): string {
  const cause = error.cause ?? error
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause, { depth: 4 })
}

function whatWasWritten(output = ''): string {
  return output.trim() === '' ? '' : `The file wrote:\n${output.trimEnd()}\n`
}
