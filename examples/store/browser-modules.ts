/**
 * The modules that the shop's pages run in the browser, served from their sources: no build, no bundle.
 *
 * Owns which they are, by following the imports of ./browser/shop.ts, and their addresses. Leaves the answer to ./static.ts. Node takes the types out, as it does
 * for the server; a browser knows no packages, so what is imported is named by its address.
 */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** By the name that it has below `/static/`. */
type Modules = Map<string, { readonly url: URL; readonly source: string }>

/** An import from another module, or an export of what it has; of types alone it is none. */
const importLine = /^((?:import|export) (?!type )[\w*, ]*(?:\{[^}]*\})? from ')([^'\n]+)(')/gm

/** `nuages/client` is `nuages-client.js`, `./api.ts` is `api.js`. */
function nameOf(specifier: string): string {
  return `${specifier
    .replace(/^.*\.\//, '')
    .replace(/\.\w+$/, '')
    .replaceAll('/', '-')}.js`
}

function collect(specifier: string, url: URL, found: Modules): Modules {
  const name = nameOf(specifier)
  const known = found.get(name)
  if (known !== undefined) {
    if (known.url.href !== url.href) throw new Error(`Two modules are called ${name}: ${known.url.href}, ${url.href}.`)
    return found
  }
  const source = readFileSync(url, 'utf8')
  found.set(name, { url, source })
  for (const [, , next = ''] of source.matchAll(importLine))
    collect(next, new URL(next.startsWith('.') ? new URL(next, url) : import.meta.resolve(next)), found)
  return found
}

const modules = collect('./shop.ts', new URL('browser/shop.ts', import.meta.url), new Map())

/** The first is the one that a page runs; the others are what it imports. */
export const moduleAddresses: readonly string[] = [...modules.keys()].map(name => `/static/${name}`)

/** A module as a browser runs it; `null` for what is none of the shop's. */
export function browserModule(name: string): string | null {
  const known = modules.get(name)
  if (known === undefined) return null
  const script = known.url.pathname.endsWith('.ts') ? stripTypeScriptTypes(known.source) : known.source
  return script.replace(importLine, (_, start, specifier, end) => `${start}/static/${nameOf(specifier)}${end}`)
}
