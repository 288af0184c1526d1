/**
 * Makes a regular expression when it is first used, for those that name letters or digits of all scripts.
 *
 * A literal with `\p{L}` makes Node gather every letter there is as soon as it reads the file, even where the code never runs: the ten of Nuages
 * took a tenth of a start. Patterns come from the source alone, as `String.raw`, never from a visitor.
 */
export function latePattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | null = null
  return () => {
    pattern ??= new RegExp(source, flags)
    return pattern
  }
}
