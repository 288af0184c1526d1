/**
 * Packages of Nuages's own that few requests need, loaded with the first that does: a start waits for none of them.
 *
 * Leaves those that an application installs itself to ./optional-package.ts.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The very module that `import` gives. */
export function loadPackage<Package>(name: string): Package {
  return require(name) as Package
}
