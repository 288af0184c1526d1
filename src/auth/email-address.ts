/**
 * Which addresses are the same.
 *
 * As Django has it since CVE-2019-19844: the database finds what looks alike, here it is compared once more, and mail goes to the address of the
 * account, never to the one that was typed.
 */

/** An address without regard to case, width and composition. Dotless `ı` is no `i`, whatever a database says. */
export function foldEmail(email: string): string {
  // Letter by letter: at the end of a word Σ would become ς.
  const letters = Array.from(email.normalize('NFKC'), letter => letter.toLowerCase())
  return letters.join('').replaceAll('ς', 'σ')
}

/** True for spellings of one address. */
export function isSameEmail(one: string, other: string): boolean {
  return foldEmail(one) === foldEmail(other)
}
