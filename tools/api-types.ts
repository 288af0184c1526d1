/**
 * The types of an API's description, for openapi-fetch: what `npx openapi-typescript openapi.json` makes, with files as `Blob`.
 *
 * `node --conditions=nuages-source tools/api-types.ts` writes those that are checked in anew.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import type { AppRoute } from '../src/app/index.ts'
import { describeApi } from '../src/openapi/index.ts'
import { defineSettings } from '../src/settings/index.ts'
import { createResolver } from '../src/urls/index.ts'

const head = '/** Made from the description of the API by tools/api-types.ts. */\n'

// The generator prints with the compiler's API, which TypeScript 7 has no more.
registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'typescript' ? 'typescript-5' : specifier, context),
})

/** The text of the module: `paths`, `components`, `operations`. */
export async function apiTypes(document: object): Promise<string> {
  const { default: openapiTypescript, astToString } = await import('openapi-typescript')
  const ts = (await import('typescript-5')).default
  const nodes = await openapiTypescript(document as Parameters<typeof openapiTypescript>[0], {
    // What has a default may be left out of a request.
    defaultNonNullable: false,
    transform: schema =>
      'format' in schema && schema.format === 'binary' ? ts.factory.createTypeReferenceNode('Blob') : undefined,
  })
  return formatted(`${head}${astToString(nodes)}`)
}

/** As the rest of the tree is. */
function formatted(text: string): string {
  const biome = join(import.meta.dirname, '../node_modules/.bin/biome')
  return execFileSync(biome, ['format', '--stdin-file-path=api.ts'], { input: text, encoding: 'utf8' })
}

const root = join(import.meta.dirname, '..')

/** What is checked in: the module, and the description that it is made from. */
export const checkedIn: readonly { readonly file: string; describe(): Promise<object> }[] = [
  { file: join(root, 'tests/openapi/library-api.ts'), describe: describeLibrary },
  { file: join(root, 'examples/store/browser/api-types.ts'), describe: describeStore },
]

async function describeLibrary(): Promise<object> {
  return (await import('../tests/openapi/library.ts')).describeLibrary()
}

export async function describeStore(): Promise<object> {
  // By a name that the compiler does not follow: the store is a project of its own.
  const { urls } = (await import(join(root, 'examples/store/urls.ts'))) as { readonly urls: readonly AppRoute[] }
  const settings = defineSettings({ SECRET_KEY: 'key' })
  return describeApi(createResolver(urls).routes(), settings, { title: 'Nuages, the shop' }).document
}

if (import.meta.main) for (const { file, describe } of checkedIn) writeFileSync(file, await apiTypes(await describe()))
