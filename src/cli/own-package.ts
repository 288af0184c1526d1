/**
 * The package this command came in. Its root is two folders up, from `src` and from `dist` alike.
 */
import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** The files of a new site. */
export const siteTemplate: URL = new URL('templates/site/', root)

export function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string }).version
}
