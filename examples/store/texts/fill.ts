/**
 * Texts with places for values: `{name}` in a text stands for one.
 *
 * Owns the places and their types. Imports nothing: the browser runs it, too.
 */

/** The values of a text: of `page {page} of {pages}` they are `page` and `pages`. */
export type ValuesOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string | number } & ValuesOf<Rest>
  : unknown

/** What goes with a text: its values; nothing, when it has none. */
export type WithValues<Text extends string> = Text extends `${string}{${string}}${string}`
  ? [values: ValuesOf<Text>]
  : []

/** A place, and the name of its value. */
export const place: RegExp = /\{([a-z]+)\}/

const places = new RegExp(place, 'g')

/** A text with its values. They are not looked into: a place in a value stays as it is. */
export function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replace(places, (whole, name: string) => String(values[name] ?? whole))
}
