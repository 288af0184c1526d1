/** What the shop says to who looks at a page, on the screen and to screen readers, in the language of the page. */
import { ApiProblem } from 'nuages/client'
import { browserTexts } from '../texts/browser.ts'
import { fill, type WithValues } from '../texts/fill.ts'

type BrowserKey = keyof typeof browserTexts

/** A text in the language of the page. */
export function text<Key extends BrowserKey>(key: Key, ...values: WithValues<Key>): string {
  const words: string = document.documentElement.lang === 'zh' ? browserTexts[key] : key
  return fill(words, { ...(values[0] as object | undefined) })
}

export function pieces(count: number): string {
  return count === 1 ? text('1 piece') : text('{count} pieces', { count })
}

let fading: number | undefined

/** Says something for six seconds. */
export function say(words: string): void {
  const status = document.querySelector('[data-status]')
  if (status === null) return
  clearTimeout(fading)
  status.textContent = words
  fading = setTimeout(() => {
    status.textContent = ''
  }, 6000)
}

/** What went wrong, for the visitor to read. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiProblem)) return text('The shop could not be reached. Please try again.')
  const [message = error.message] = Object.values(error.errors).flat()
  return error.code === 'unknown' ? text('That did not work. Please try again.') : message
}
