/**
 * The types of an API's description, for openapi-fetch: what `npx openapi-typescript openapi.json` makes, with files as `Blob`.
 *
 * `node --conditions=nuages-source tools/api-types.ts` writes those that are checked in anew.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'

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

/** The module of the tests' API. */
export const libraryTypes: string = join(import.meta.dirname, '../tests/openapi/library-api.ts')

if (import.meta.main) {
  const { describeLibrary } = await import('../tests/openapi/library.ts')
  writeFileSync(libraryTypes, await apiTypes(describeLibrary()))
}
