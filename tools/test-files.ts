/**
 * Which files are tests.
 */
import { globSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

/** The test files below folders, and files named as such: paths from the root of the repository. */
export function testFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap(path => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (stat?.isFile()) return [path]
    return globSync(`${path}/**/*.test.ts`, { cwd: root, exclude: ['**/node_modules'] }).sort()
  })
}

/** All but those of the installed package. */
export function unitTestFiles(): readonly string[] {
  return testFiles(['src', 'tests', 'tools', 'examples']).filter(file => !file.startsWith('tests/package/'))
}
