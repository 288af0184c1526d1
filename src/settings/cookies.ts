/** What the settings of both cookies accept. */
import { attributeText, type Kind, nullable, oneOf, text } from './kind.ts'

export const cookieSameSites = ['Lax', 'Strict', 'None'] as const
/** As Django writes it; `null` (Django's `False`) sends no `SameSite`. */
export type CookieSameSite = (typeof cookieSameSites)[number]

/** RFC 6265, section 4.1.1: a token. */
export const cookieName: Kind<string> = text(
  "a cookie's name: letters, digits and any of !#$%&'*+-.^_`|~",
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/,
)

export const cookiePath: Kind<string> = attributeText

export const cookieDomain: Kind<string | null> = nullable(
  text("a domain, like 'example.com'", /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i),
)

const words: Kind<CookieSameSite | null> = nullable(
  oneOf<CookieSameSite>(cookieSameSites, { lax: 'Lax', strict: 'Strict', none: 'None' }),
)

export const cookieSameSite: Kind<CookieSameSite | null> = {
  expected: "'Lax', 'Strict', 'None' in quotes, or false for no SameSite",
  read: given => words.read(given === false ? null : given),
  // In a settings file None is no value; as a word in the environment it is Django's 'None'.
  fromText: given => (given === '' || given.toLowerCase() === 'false' ? null : given),
}
