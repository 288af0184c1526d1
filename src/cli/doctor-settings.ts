/**
 * The settings that `nuages doctor` suggests.
 */

/** One line of the settings. `value` is JSON, or code for what must come from the environment. */
export interface SuggestedSetting {
  readonly name: string
  readonly value: unknown
  /** Code in place of the value. */
  readonly code?: string
  /** What the reader should know of it: where it was seen, or that it was not to be seen. */
  readonly note?: string
}

/** The block to paste into a `settings.ts`. */
export function settingsBlock(settings: readonly SuggestedSetting[]): string {
  const lines = settings.map(({ name, value, code = literal(value), note }) => {
    return `  ${name}: ${code},${note === undefined ? '' : ` // ${note}`}`
  })
  return ["import { defineSettings, env } from 'nuages'", '', 'export default defineSettings({', ...lines, '})'].join(
    '\n',
  )
}

/** A value as this house writes it. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll(/['\\]/g, '\\$&')}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${literal(item)}`)
      .join(', ')} }`
  }
  return typeof value === 'number' && value >= 10_000
    ? String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_')
    : String(value)
}
