/** Spelling: which of the known names somebody meant. */

/** The name that takes the fewest changed letters from `name`; `null` when none is near. */
export function closest(name: string, known: readonly string[]): string | null {
  const most = Math.max(2, Math.floor(name.length / 4))
  let best: string | null = null
  let least = most + 1
  for (const each of known) {
    if (Math.abs(each.length - name.length) > most) continue
    const distance = editDistance(name.toUpperCase(), each)
    if (distance < least) [best, least] = [each, distance]
  }
  return best
}

/** Levenshtein's distance: insertions, deletions and replacements from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
