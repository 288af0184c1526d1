/**
 * Checks the error catalogue both ways: every code that `src` throws stands in docs/errors.md, with its status, and
 * docs/errors.md names no other.
 *
 * A row of the catalogue is ``| `room/name` | 400 | when | what to do |``; `-` for an error that is no answer.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf, filesIn } from './source-text.ts'

interface ErrorCode {
  readonly code: string
  /** `null` where the class leaves it open or has none. */
  readonly status: string | null
  readonly where: string
}

/** The codes of the error classes in one file. */
export function codesIn(file: string, text: string): readonly ErrorCode[] {
  const found: ErrorCode[] = []
  for (const body of codeOf(text).split(/^(?=(?:export )?(?:abstract )?class\b)/m)) {
    const code = /^ {2}(?:override )?readonly code(?:: [^=\n]+)? = '([^']+)'/m.exec(body)?.[1]
    if (code === undefined) continue
    const status = /^ {2}(?:override )?readonly status(?:: [^=\n]+)? = (\d{3})$/m.exec(body)?.[1] ?? null
    found.push({ code, status, where: file })
  }
  return found
}

/** The rows of the catalogue: code to status as written. */
export function rowsIn(catalogue: string): ReadonlyMap<string, string> {
  const rows = catalogue.matchAll(/^\| `([^`]+)` \| ([^|]*) \|(?=[^|]*\S[^|]*\|[^|]*\S[^|]*\|$)/gm)
  return new Map(Array.from(rows, ([, code = '', status = '']) => [code, status.trim()]))
}

/** Every difference between the classes and the catalogue, a sentence each. */
export function compareCatalogue(thrown: readonly ErrorCode[], rows: ReadonlyMap<string, string>): readonly string[] {
  const problems: string[] = []
  for (const { code, status, where } of thrown) {
    const written = rows.get(code)
    if (written === undefined) problems.push(`${where}: \`${code}\` has no row in docs/errors.md`)
    else if (status !== null && written !== status) {
      problems.push(`${where}: \`${code}\` has status ${status}, docs/errors.md says ${written}`)
    }
  }
  const codes = new Set(thrown.map(error => error.code))
  for (const code of rows.keys()) {
    if (!codes.has(code)) problems.push(`docs/errors.md: \`${code}\` is thrown by nothing in src`)
  }
  return problems
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname)
  const sources = filesIn(root).filter(file => /^src\/.*(?<!\.test)\.ts$/.test(file))
  const thrown = sources.flatMap(file => codesIn(file, readFileSync(join(root, file), 'utf8')))
  const problems = compareCatalogue(thrown, rowsIn(readFileSync(join(root, 'docs/errors.md'), 'utf8')))
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
