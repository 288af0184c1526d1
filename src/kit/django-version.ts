/**
 * Order among Django's versions, for what differs between them.
 */
import { ConfigError } from './errors.ts'

const versionForm = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?$/

/**
 * True when `version` is `minimum` or later. A version without a patch number (`5.2`) means the newest patch of it.
 *
 * @throws {ConfigError} when `version` is not of the form `5.2` or `5.2.14`.
 */
export function isDjangoAtLeast(version: string, minimum: string): boolean {
  const mine = parseVersion(version)
  const other = parseVersion(minimum)
  for (let index = 0; index < 3; index++) {
    const difference = (mine[index] as number) - (other[index] as number)
    if (difference > 0) return true
    if (difference < 0) return false
  }
  return true
}

function parseVersion(version: string): readonly number[] {
  const match = versionForm.exec(version)
  if (!match) {
    const fix = "Write the version of the Django that shares the database as '5.2' or '5.2.14'."
    throw new ConfigError(`${JSON.stringify(version)} is not a version of Django.`, fix, { setting: 'DJANGO_VERSION' })
  }
  return [Number(match[1]), Number(match[2]), match[3] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[3])]
}
