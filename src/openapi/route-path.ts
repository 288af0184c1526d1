/**
 * A route as OpenAPI writes paths: `api/book/<int:id>/` is `/api/book/{id}/`.
 */
import type { ListedRoute, RouteParameter } from '../urls/index.ts'
import type { ParameterObject, SchemaObject } from './document.ts'

const placeholder = /<(?:[^>:]+:)?([^>]+)>/g

/** The path with its placeholders in braces; everything else is percent-encoded where a URL needs it. */
export function pathTemplate(route: string): string {
  let path = '/'
  let end = 0
  for (const found of route.matchAll(placeholder)) {
    path += `${escapeText(route.slice(end, found.index))}{${found[1]}}`
    end = found.index + found[0].length
  }
  return path + escapeText(route.slice(end))
}

function escapeText(text: string): string {
  return encodeURI(text).replace(/[?#{}]/g, character => encodeURIComponent(character))
}

/** What two paths have in common that differ only in the names of their placeholders: OpenAPI takes them for one. */
export function pathShape(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}')
}

export function pathParameters({ parameters }: ListedRoute): readonly ParameterObject[] {
  return parameters.map(parameter => ({
    name: parameter.name,
    in: 'path',
    required: true,
    ...(parameter.converter === 'path' && { description: 'May have slashes in it.' }),
    schema: parameterSchema(parameter),
  }))
}

/** What the converters of Django take; of others, what their pattern says. */
function parameterSchema({ converter, pattern }: RouteParameter): SchemaObject {
  if (converter === 'int') return { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
  if (converter === 'uuid') return { type: 'string', format: 'uuid' }
  if (converter === 'path') return { type: 'string', minLength: 1 }
  return { type: 'string', pattern: `^(?:${pattern})$`.replace(/^\^\(\?:((?:\[[^\]]*\]|[\w-])\+)\)\$$/, '^$1$$') }
}
