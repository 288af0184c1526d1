/** Tables in the docs that a command writes. */
import { readFileSync, writeFileSync } from 'node:fs'

/** Puts a text into a page, between `<!-- name:begin -->` and `<!-- name:end -->`. */
export function publish(page: string, name: string, text: string): void {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const before = readFileSync(page, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${page} has no ${begin} with a ${end} after it.`)
  writeFileSync(page, `${before.slice(0, from + begin.length)}\n${text}\n${before.slice(to)}`)
}
