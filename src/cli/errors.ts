/**
 * What a command says when it cannot go on.
 */
import { DatabaseUnavailable } from '../db/index.ts'

/** The command cannot do what it was asked. Its message, a line with the fix, is all that is printed; the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name: string = 'CommandFailed'
}

/** The line to print for an error that whoever runs the command can mend; `null` for a bug, which needs its stack. */
export function lineOf(error: unknown): string | null {
  if (error instanceof CommandFailed) return error.message
  if (error instanceof DatabaseUnavailable) return error.detail
  // By name: the application may run on another copy of Nuages than this command does.
  return error instanceof Error && error.name === 'ConfigError' ? error.message : null
}
