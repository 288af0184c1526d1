/** What compiles and what must not: texts. Checked by `tsc`, never run. */
import { english, texts } from './texts.ts'

export function says(): string[] {
  return [
    english('page {page} of {pages}', { page: 1, pages: 3 }),
    texts({ language: 'zh' })('Your cart'),
    // @ts-expect-error: nobody has translated that
    english('Nobody has translated that.'),
    // @ts-expect-error: it wants to know how many pages
    english('page {page} of {pages}', { page: 1 }),
    // @ts-expect-error: it wants to know which page
    english('page {page} of {pages}'),
    // @ts-expect-error: it has no values
    english('Your cart', { name: 'Ada' }),
  ]
}
