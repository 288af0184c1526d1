/** Tables for docs/reliability.md. */

/** Markdown; the first row is the titles. */
export function tableOf([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}
