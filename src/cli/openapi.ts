/**
 * `nuages openapi`: the description of an application's API, as text.
 */
import { writeFileSync } from 'node:fs'
import type { App } from '../app/index.ts'
import { CommandFailed } from './errors.ts'

export interface OpenapiOptions {
  /** The file to write; standard output when left out. */
  readonly output?: string
}

/** Writes the description; lines about what it leaves open go to standard error. @throws {CommandFailed} for a file that cannot be written. */
export function writeOpenapi(app: App, { output }: OpenapiOptions): void {
  const { document, notes } = app.describeApi()
  const text = `${JSON.stringify(document, null, 2)}\n`
  for (const note of notes) process.stderr.write(`note: ${note}\n`)
  if (output === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    writeFileSync(output, text)
  } catch (error) {
    throw new CommandFailed(`${output} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
  const count = Object.keys(document.paths).length
  process.stderr.write(`${output} describes ${count} ${count === 1 ? 'path' : 'paths'}.\n`)
}
