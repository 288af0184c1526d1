/**
 * No route of that name takes those parameters. A bug in the caller, not a visitor's doing: it becomes a 500.
 *
 * TypeScript finds it first, where name and parameters are literals.
 */
export class NoReverseMatch extends Error {
  override readonly name = 'NoReverseMatch'
  readonly code = 'urls/no-reverse-match'
  /** The name asked for, with its namespaces. */
  readonly routeName: string
  /** Texts of the routes that bear the name; empty when none does. */
  readonly candidates: readonly string[]
  constructor(routeName: string, params: Readonly<Record<string, unknown>>, candidates: readonly string[]) {
    const given = Object.entries(params).map(([name, value]) => `${name}: ${shown(value)}`)
    super(
      candidates.length === 0
        ? `No route is named "${routeName}". A route inside a namespace is named "namespace:name".`
        : `No route named "${routeName}" takes the parameters { ${given.join(', ')} }. ` +
            `Tried: ${candidates.map(text => `"${text}"`).join(', ')}.`,
    )
    this.routeName = routeName
    this.candidates = candidates
  }
}

/** A value as the message shows it: short, and never an error of its own. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return value === null || ['number', 'bigint', 'boolean', 'undefined'].includes(typeof value)
    ? `${value}`
    : typeof value
}
