/**
 * `shows(value, 'text')`: what `value // => text` in the docs becomes when tools/check-docs.ts runs the block.
 */
import { inspect } from 'node:util'

/**
 * @throws {Error} when `text` is neither how Node shows the value, nor its JSON, nor the value as a string.
 */
export function shows(value: unknown, text: string): void {
  const forms = [inspect(value, { breakLength: Infinity }), JSON.stringify(value), String(value)]
  if (forms.some(form => form !== undefined && matches(form, text))) return
  throw new Error(`The docs say: ${text}\nIt is:        ${forms[0]}`)
}

/** Whether `found` is what `expected` says; `…` stands for anything. */
export function matches(found: string, expected: string): boolean {
  const pattern = expected.split('…').map(RegExp.escape).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(found)
}
