/** Texts with markup in them. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { place, type ValuesOf } from '../texts/fill.ts'
import { type Reader, type TextKey, textIn } from '../texts.ts'

/** Markup for each place of a text. */
type MarkupOf<Text extends string> = { readonly [Name in keyof ValuesOf<Text>]: SafeHtml }

/** A text with markup for its values: `markup(frame, 'For the account {username}.', { username: html`<strong>…</strong>` })`. */
export function markup<Key extends TextKey>(reader: Reader, key: Key, values: MarkupOf<Key>): SafeHtml {
  const known: Readonly<Record<string, SafeHtml>> = { ...values }
  // Every second part is the name of a place.
  const parts = textIn(reader, key)
    .split(place)
    .map((part, index) => (index % 2 === 0 ? part : (known[part] ?? '')))
  return html`${parts}`
}
