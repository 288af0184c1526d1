#!/usr/bin/env node
/**
 * The `nuages` command. Imports nothing that an old Node could not load before it has looked at the version.
 */
import { nodeProblem } from './node-version.ts'

const problem = nodeProblem(process.versions.node)
if (problem !== null) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
} else {
  const { run } = await import('./program.ts')
  await run(process.argv)
  // A command is over when it says so, even if the application left a timer or a connection of its own open.
  process.exit()
}
