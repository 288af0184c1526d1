/**
 * Header fields of an operation, in the description: those of its request that it heeds, those of its answers.
 */
import type { HeaderDeclarations } from '../views/index.ts'
import type { HeaderObject, ParameterObject } from './document.ts'

const schema = { type: 'string' }

export function headerParameters(declared: HeaderDeclarations = {}): readonly ParameterObject[] {
  return Object.entries(declared).map(([name, { description, required = false }]) => ({
    name,
    in: 'header',
    ...(required && { required }),
    description,
    schema,
  }))
}

/** What every answer that is no problem has; `null` for nothing. */
export function answerHeaders(declared: HeaderDeclarations = {}): Readonly<Record<string, HeaderObject>> | null {
  const entries = Object.entries(declared)
  if (entries.length === 0) return null
  return Object.fromEntries(
    entries.map(([name, { description, required = false }]) => [
      name,
      { description, ...(required && { required }), schema },
    ]),
  )
}
