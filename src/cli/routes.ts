/**
 * `nuages routes`: every path of an application.
 */
import type { App } from '../app/index.ts'

/** A table with a line for each route, in the order in which they are tried. */
export function routeTable({ resolver }: App): string {
  const rows = [...resolver.routes()].map(({ route, name, view }) => [
    `/${route}`,
    name ?? '',
    view.methods?.join(' ') ?? 'any',
  ])
  return alignColumns([['Path', 'Name', 'Methods'], ...rows])
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
