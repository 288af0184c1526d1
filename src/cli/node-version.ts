/**
 * The one file of the command that an old Node must be able to run.
 */

/** The first Node 24 whose SQLite is no experiment; the same as `engines` in package.json. */
const oldest = [24, 15] as const

/** What to say to a Node that is too old; `null` for one that will do. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return null
  return `nuages needs Node ${oldest.join('.')} or newer, and this is Node ${version}. Install it from https://nodejs.org`
}
