/**
 * What a resource on a table says of its actions beside their schemas: problems, and the header fields that keep two editors apart.
 */
import type { HeaderDeclarations } from './operation.ts'

export const itemProblems = {
  404: 'There is no such item.',
  409: 'A value that only one item may have is taken, or something else refers to the item.',
  412: 'The item is no longer what `If-Match` names.',
  428: 'There is no `If-Match`.',
} as const

/** Of every answer with an item. */
export const itemHeaders: HeaderDeclarations = {
  ETag: { description: 'The state of the item.', required: true },
}

export const newItemHeaders: HeaderDeclarations = {
  ...itemHeaders,
  Location: { description: 'The address of the item.', required: true },
}

export const readHeaders: HeaderDeclarations = {
  'If-None-Match': { description: 'An `ETag` that is known already: 304 while it is still that of the item.' },
  'If-Match': { description: 'The `ETag` that the item must have: else 412.' },
}

export function writeHeaders(isRequired: boolean): HeaderDeclarations {
  const description =
    'The `ETag` of the item as the client knows it: 412, and nothing is written, when it has another by now.'
  return { 'If-Match': { description, ...(isRequired && { required: true }) } }
}
