/**
 * Runs inside the runtime that is checked, in a folder where Nuages is installed from its tarball: `main.ts config.json`.
 *
 * Prints the name of the runtime, then a line of JSON for each check.
 */
import { readFileSync } from 'node:fs'
import { runChecks } from './checks.ts'
import { addCodecChecks, type MadeByDjango } from './codec-checks.ts'
import { doorKinds, fetchDoor, runtime } from './doors.ts'
import { addStoreChecks, type Places } from './session-checks.ts'
import { addSocketChecks } from './socket-checks.ts'
import { addUploadChecks } from './upload-checks.ts'
import { addWebChecks } from './web-checks.ts'

/** What the program outside tells. */
export interface Config {
  readonly places: Places
  readonly hashes: Readonly<Record<string, readonly MadeByDjango[]>>
  /** Only checks whose part or name holds this text. */
  readonly only: string
}

const { places, hashes, only } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Config
console.log(JSON.stringify({ runtime }))
addCodecChecks(hashes)
for (const kind of doorKinds) {
  addWebChecks(kind)
  addUploadChecks(kind)
  if (kind.hasSocket) addSocketChecks(kind)
}
const [, ownServer = fetchDoor] = doorKinds
for (const kind of [fetchDoor, ownServer]) addStoreChecks(kind, places)
await runChecks(only)
process.exit(0)
