/**
 * What is checked inside a runtime, and how it is told: one line of JSON for each check.
 *
 * No test runner: those of Node, Bun and Deno differ, and this must be the same program on all of them.
 */

/** A line of the report. */
export interface Outcome {
  /** The row of the support table. */
  readonly part: string
  readonly name: string
  readonly result: 'ok' | 'failed' | 'missing'
  /** Why it failed, or what the runtime lacks. */
  readonly reason?: string
}

/** Thrown by a check for which the runtime, or the machine, lacks a part. */
export class Missing extends Error {}

type Body = () => Promise<void> | void

interface Check {
  readonly part: string
  readonly name: string
  readonly body: Body
}

/** Safety alone: a runtime that never answers must not stop the others. */
const patienceMs = 60_000

const checks: Check[] = []

/** Adds a check to a part. */
export function check(part: string, name: string, body: Body): void {
  checks.push({ part, name, body })
}

/** Runs all that was added, one after the other. `only`: a text in the part or the name. */
export async function runChecks(only: string): Promise<void> {
  for (const { part, name, body } of checks) {
    if (!`${part}: ${name}`.includes(only)) continue
    const outcome: Outcome = { part, name, ...(await resultOf(body)) }
    console.log(JSON.stringify(outcome))
  }
}

async function resultOf(body: Body): Promise<Pick<Outcome, 'result' | 'reason'>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${patienceMs / 1000} seconds.`)), patienceMs)
  })
  try {
    await Promise.race([body(), timeout])
    return { result: 'ok' }
  } catch (error) {
    if (error instanceof Missing) return { result: 'missing', reason: error.message }
    return { result: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    clearTimeout(timer)
  }
}
