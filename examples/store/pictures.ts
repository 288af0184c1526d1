/**
 * The shop's pictures, drawn by the shop itself.
 *
 * Owns which subjects exist and how one becomes a file. Leaves the shapes to ./pictures/.
 * The same product always gives the same bytes: a picture's address is the MD5 of its content.
 */
import type { Product } from './catalogue.ts'
import { cushion, hat, mobile, scarf } from './pictures/cloth.ts'
import { barometer, rainGauge, stormGlass, thermometer, weathervane, windChime } from './pictures/instruments.ts'
import { candle, cloudLamp, lantern, moonLamp } from './pictures/lamps.ts'
import { boots, kite, umbrella } from './pictures/outdoors.ts'
import { ink, letters, notebook, pencils, postcards, poster } from './pictures/paper.ts'
import { backdrop, type Sky } from './pictures/sky.ts'
import { jar, mug, pouch, teapot, tin } from './pictures/table.ts'
import { type Paint, paints, type Tint } from './pictures/tint.ts'

/** Every subject that can be drawn. */
export const subjects = [
  'barometer',
  'boots',
  'candle',
  'cloudLamp',
  'cushion',
  'hat',
  'ink',
  'jar',
  'kite',
  'lantern',
  'letters',
  'mobile',
  'moonLamp',
  'mug',
  'notebook',
  'pencils',
  'postcards',
  'poster',
  'pouch',
  'rainGauge',
  'scarf',
  'stormGlass',
  'teapot',
  'thermometer',
  'tin',
  'umbrella',
  'weathervane',
  'windChime',
] as const
export type Subject = (typeof subjects)[number]

/** What to draw: a subject, in one colour, under one sky. */
export interface Picture {
  readonly subject: Subject
  readonly tint: Tint
  readonly sky: Sky
}

const drawings: Readonly<Record<Subject, (paint: Paint) => string>> = {
  barometer,
  boots,
  candle,
  cloudLamp,
  cushion,
  hat,
  ink,
  jar,
  kite,
  lantern,
  letters,
  mobile,
  moonLamp,
  mug,
  notebook,
  pencils,
  postcards,
  poster,
  pouch,
  rainGauge,
  scarf,
  stormGlass,
  teapot,
  thermometer,
  tin,
  umbrella,
  weathervane,
  windChime,
}

/** The product's picture: a whole SVG file, 400 by 400, under 6 KiB, that refers to nothing outside itself. */
export function drawPicture(product: Pick<Product, 'picture'>): string {
  const { subject, tint, sky } = product.picture
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">
${backdrop(sky)}
${drawings[subject](paints[tint])}
</svg>
`
}
