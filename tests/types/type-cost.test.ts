/** What the types of routes cost the compiler: counted, since seconds depend on the machine. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type PartUser, temporaryFolder } from '../real-parts.ts'

const root = join(import.meta.dirname, '../..')
const routes = 500
/** Instantiations of types that 500 routes took when this was last measured, without those of the rooms themselves. */
const recordedInstantiations = 2_465_000
/** More than this is a change for the worse that somebody should know of. */
const growth = 1.1

interface Cost {
  readonly instantiations: number
  readonly seconds: number
}

/** A table as a large site has it: views with parameters, declared operations, resources, names that are reversed. */
function routeTable(count: number): string {
  const from = (room: string): string => JSON.stringify(join(root, `src/${room}/index.ts`))
  const lines = [
    `import { z } from ${JSON.stringify(join(root, 'node_modules/zod/index.js'))}`,
    `import { createApp } from ${from('app')}`,
    `import type { HttpRequest } from ${from('http')}`,
    `import { defineSettings } from ${from('settings')}`,
    `import { createResolver, include, path } from ${from('urls')}`,
    `import { operation, responseSuccess, Resource, View } from ${from('views')}`,
  ]
  const table: string[] = []
  const reversals: string[] = []
  for (let index = 0; index < count; index += 1) {
    const [view, line, reversal] = oneRoute(index)
    lines.push(view)
    table.push(line)
    // Each costs the compiler a walk through all names.
    if (index % 5 === index % 25) reversals.push(reversal)
  }
  // One table for each fifty, as a site has one for each of its parts.
  const parts: string[] = []
  for (let start = 0; start < table.length; start += 50) {
    const name = `part${start}`
    lines.push(`const ${name} = [${table.slice(start, start + 50).join(', ')}] as const`)
    parts.push(`path('${name}/', include(${name}, { namespace: '${name}' }))`)
  }
  lines.push(
    `const urls = [${parts.join(', ')}] as const`,
    `createApp({ settings: defineSettings({ SECRET_KEY: '' }), urls })`,
    'const resolver = createResolver(urls)',
    ...reversals,
    'void [z, View, Resource, operation, responseSuccess, include, path, resolver]',
    'export type Used = HttpRequest',
  )
  return lines.join('\n')
}

function oneRoute(index: number): readonly [view: string, line: string, reversal: string] {
  const name = `part${index - (index % 50)}:r${index}`
  if (index % 5 === 0)
    return [
      `class R${index} extends Resource {
        list = operation({ query: z.object({ page: z.coerce.number() }), responses: { 200: z.array(z.object({ id: z.int(), a${index}: z.string() })) } }, (request, params, { query }) => [{ id: query.page, a${index}: '' }])
        retrieve = operation({ responses: { 200: z.object({ id: z.int() }) } }, (request, { id }: { id: number }) => ({ id }))
      }`,
      `path('resource${index}/', R${index}.asResource('<int:id>', { name: 'r${index}' }))`,
      `resolver.reverse('${name}-detail', { id: ${index} })`,
    ]
  if (index % 5 === 1)
    return [
      `class R${index} extends View {
        post = operation({ access: 'user', body: z.object({ b${index}: z.string(), n: z.int().optional() }), responses: { 201: z.object({ b: z.string() }) } }, (request, { slug }: { slug: string }, { body }) => ({ b: slug + body.b${index} }))
      }`,
      `path('operation${index}/<slug:slug>/', R${index}.asView(), { name: 'r${index}' })`,
      `resolver.reverse('${name}', { slug: 'a' })`,
    ]
  return [
    `class R${index} extends View {
      get(request: HttpRequest, { id, slug }: { id: number; slug: string }) { return responseSuccess({ id, slug }) }
      async post(request: HttpRequest, { id }: { id: number }) { return responseSuccess(id + 1) }
    }`,
    `path('view${index}/<int:id>/<slug:slug>/', R${index}.asView(), { name: 'r${index}' })`,
    `resolver.reverse('${name}', { id: 1, slug: 'a' })`,
  ]
}

async function costOf(t: PartUser, count: number): Promise<Cost> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'urls.ts'), routeTable(count))
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      isolatedDeclarations: false,
      declaration: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: ['urls.ts'],
    include: [],
    exclude: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { stdout } = await promisify(execFile)(tsc, ['-p', folder, '--extendedDiagnostics']).catch(error => {
    throw new Error(`The generated table does not compile.\n${String(error.stdout).slice(0, 2000)}`)
  })
  const fact = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1] ?? Number.NaN)
  return { instantiations: fact('Instantiations'), seconds: fact('Check time') }
}

describe('the types of routes', () => {
  it('cost no more instantiations than recorded for 500 of them', async t => {
    const none = await costOf(t, 0)
    const many = await costOf(t, routes)
    const instantiations = many.instantiations - none.instantiations
    const seconds = many.seconds - none.seconds
    t.diagnostic(`${instantiations} instantiations, ${seconds.toFixed(2)} s`)
    assert.ok(
      instantiations < recordedInstantiations * growth,
      `${instantiations} instantiations, and ${recordedInstantiations} are recorded: find what grew, or record them with a reason.`,
    )
  })
})
