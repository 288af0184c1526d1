/**
 * A reporter for `node --test` that is silent about what passes.
 *
 * Prints each failure with what its file wrote, each skipped or postponed test with its reason, and the closing
 * lines that node prints: `# tests 812`.
 */
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data']
type Passed = Extract<TestEvent, { type: 'test:pass' }>['data']

/** Node's names of the closing lines, in its order. */
const closing = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const outputs = new Map<string, string>()
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      outputs.set(data.file ?? '', (outputs.get(data.file ?? '') ?? '') + data.message)
    } else if (type === 'test:fail') {
      if (data.skip !== undefined || data.todo !== undefined) yield setAside(data)
      if (failedBySubtests(data.details.error)) continue
      yield describeFailure(data, outputs.get(data.file ?? '') ?? '')
      outputs.delete(data.file ?? '')
    } else if (type === 'test:pass') {
      if (data.skip !== undefined || data.todo !== undefined) yield setAside(data)
    } else if (type === 'test:diagnostic') {
      if (data.nesting === 0 && closing.test(data.message)) yield `# ${data.message}\n`
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

function describeFailure({ name, file, line, details }: Failure, output: string): string {
  const cause = details.error.cause ?? details.error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause, { depth: 4 })
  const written = output.trim() === '' ? '' : `The file wrote:\n${output.trimEnd()}\n`
  return `\n✖ ${name} (${file ?? 'unknown file'}:${line ?? 0})\n${text}\n${written}\n`
}
