/**
 * Amounts of bytes, as one writes them.
 */
export const mebibyte: number = 2 ** 20

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: mebibyte, g: 2 ** 30 }

/** `5g`, `100m`: in bytes. */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
  if (digits === undefined) throw new Error(`"${text}" is no size: write 5g, 100m or 2048k.`)
  return Number(digits) * (units[unit.toLowerCase()] as number)
}

/** `5 GiB`, `100 MiB`. */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : [mebibyte, 'MiB']
  return `${Number((bytes / unit).toFixed(1))} ${name}`
}
