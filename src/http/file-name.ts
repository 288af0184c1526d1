/**
 * The name that a client gives a file, as it may be shown: Django's rules.
 */

/** Django's limit, the file systems' too. */
const maxFileNameLength = 255

/**
 * The last piece after `/` and `\`, HTML entities resolved, no invisible characters, at most 255 characters with its
 * extension kept. `null` when nothing is left.
 */
export function cleanFileName(name: string): string | null {
  const plain = name.includes('&') ? unescapeHtml(name) : name
  const last = plain.slice(Math.max(plain.lastIndexOf('/'), plain.lastIndexOf('\\')) + 1)
  const visible = last.replace(/[\p{C}\p{Z}]/gu, char => (char === ' ' ? char : ''))
  if (visible === '' || visible === '.' || visible === '..') return null
  const chars = [...visible]
  if (chars.length <= maxFileNameLength) return visible
  const dot = chars.lastIndexOf('.')
  const isExtension = dot > 0 && chars.slice(0, dot).some(char => char !== '.')
  const extension = isExtension ? chars.slice(dot, dot + maxFileNameLength) : []
  return [...chars.slice(0, maxFileNameLength - extension.length), ...extension].join('')
}

/** Browsers of old wrote names as HTML would. Of the named ones, those that could bring in a folder or a tag. */
const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['apos', "'"],
  ['bsol', '\\'],
  ['colon', ':'],
  ['gt', '>'],
  ['lt', '<'],
  ['nbsp', '\u00a0'],
  ['newline', '\n'],
  ['period', '.'],
  ['quot', '"'],
  ['sol', '/'],
  ['tab', '\t'],
])

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#([0-9]+|x[0-9a-f]+);?|([a-z]+);)/gi, (whole, number?: string, name?: string) => {
    if (number === undefined) return entities.get((name as string).toLowerCase()) ?? whole
    const code = Number(/^x/i.test(number) ? `0${number}` : number)
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd'
  })
}
