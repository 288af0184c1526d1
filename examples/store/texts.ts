/**
 * What the store says, in the languages it speaks.
 *
 * The English text is the key: a text without a translation does not compile, nor does one without its values. Leaves names as they are.
 */
import { type AccountMails, defaultAccountMails } from 'nuages/auth'
import { accountTexts } from './texts/account.ts'
import { browserTexts } from './texts/browser.ts'
import { fill, place, type WithValues } from './texts/fill.ts'
import { chineseMails } from './texts/mails.ts'
import { refusalTexts } from './texts/refusals.ts'
import { shopTexts } from './texts/shop.ts'
import { staffTexts } from './texts/staff.ts'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** What a language is called by who speaks it. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

const chinese = { ...shopTexts, ...accountTexts, ...staffTexts, ...refusalTexts, ...browserTexts } as const

/** A text, in English. */
export type TextKey = keyof typeof chinese

/** Every text. */
export const textKeys = Object.keys(chinese) as readonly TextKey[]

/** A text without values. */
export type PlainKey = Exclude<TextKey, `${string}{${string}`>

const translations: Readonly<Record<Exclude<Language, 'en'>, Readonly<Record<TextKey, string>>>> = { zh: chinese }

/** Mail to account owners. */
export const accountMails: Readonly<Record<Language, AccountMails>> = { en: defaultAccountMails, zh: chineseMails }

/** Who reads. */
export interface Reader {
  /** Default: English. */
  readonly language?: Language
}

/** Says a text in a language; `{name}` in it stands for a value. */
export type Say = <Key extends TextKey>(key: Key, ...values: WithValues<Key>) => string

/** A text in a language, its places as they are. */
export function textIn({ language = 'en' }: Reader, key: TextKey): string {
  return language === 'en' ? key : translations[language][key]
}

/** `texts(frame)('page {page} of {pages}', { page: 1, pages: 3 })`. */
export function texts(reader: Reader): Say {
  return (key, values?: object) => fill(textIn(reader, key), { ...values })
}

/** What is known here, said in English: for errors, which are translated where they are shown. */
export const english: Say = texts({})

/** Texts with values, as they look with any: `^Only (.*) left$`. What begins with a value could be anything, and is none of them. */
const patterns = textKeys
  .filter(key => place.test(key) && !key.startsWith('{'))
  .sort((a, b) => b.length - a.length)
  .map(key => {
    const [start = '', ...rest] = key.split(place)
    const names = rest.filter((_, index) => index % 2 === 0)
    const between = rest.filter((_, index) => index % 2 === 1)
    const source = [start, ...between].map(part => RegExp.escape(part)).join('(.*)')
    return { key, names, pattern: new RegExp(`^${source}$`, 's') }
  })

/** A message that came in English, from a schema or from Nuages, in the reader's language if it is known there; else as it is. */
export function inLanguage(reader: Reader, message: string): string {
  if ((reader.language ?? 'en') === 'en') return message
  if (Object.hasOwn(chinese, message)) return textIn(reader, message as TextKey)
  for (const { key, names, pattern } of patterns) {
    const [, ...found] = pattern.exec(message) ?? []
    if (found.length > 0)
      return fill(textIn(reader, key), Object.fromEntries(names.map((name, index) => [name, found[index] ?? ''])))
  }
  return message
}

export function isLanguage(text: string | undefined): text is Language {
  return languages.some(language => language === text)
}

/** The language that a visitor's browser asks for first, of those we speak (RFC 9110, 12.5.4). English when there is none. */
export function preferredLanguage(acceptLanguage: string | null): Language {
  let best: Language = 'en'
  let most = 0
  for (const item of (acceptLanguage ?? '').slice(0, 1000).split(',')) {
    const [, tag, weight = '1'] =
      /^\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*$/i.exec(item) ?? []
    const language = tag?.toLowerCase()
    if (isLanguage(language) && Number(weight) > most) {
      best = language
      most = Number(weight)
    }
  }
  return best
}
