/** The air around the things: skies, clouds, ground, shadows, light. */

export const skies = ['dawn', 'day', 'haze', 'dusk', 'night', 'storm'] as const
export type Sky = (typeof skies)[number]

interface Air {
  readonly high: string
  readonly low: string
  readonly cloud: string
  readonly hill: string
  readonly ground: string
  /** Sun or moon: colour, centre, radius. */
  readonly disc: readonly [colour: string, x: number, y: number, r: number]
  /** Two clouds: left edge, top edge, width. */
  readonly clouds: readonly [readonly [number, number, number], readonly [number, number, number]]
}

const airs: Readonly<Record<Sky, Air>> = {
  dawn: {
    high: '#f9d9c8',
    low: '#fff1e2',
    cloud: '#fffaf4',
    hill: '#f3cfb8',
    ground: '#eab99d',
    disc: ['#f8b994', 316, 92, 38],
    clouds: [
      [24, 56, 110],
      [268, 164, 120],
    ],
  },
  day: {
    high: '#b4d8ee',
    low: '#e8f5fb',
    cloud: '#ffffff',
    hill: '#bfdcc9',
    ground: '#a4cab2',
    disc: ['#fde7a5', 78, 84, 36],
    clouds: [
      [258, 44, 112],
      [14, 170, 104],
    ],
  },
  haze: {
    high: '#cfdde6',
    low: '#f3f4ee',
    cloud: '#fbfcfa',
    hill: '#cbd9d6',
    ground: '#b4c8c5',
    disc: ['#fbf3da', 306, 82, 42],
    clouds: [
      [30, 98, 120],
      [282, 130, 100],
    ],
  },
  dusk: {
    high: '#9f9cc9',
    low: '#f8cfc0',
    cloud: '#f7e3e4',
    hill: '#b493b4',
    ground: '#9a7ba3',
    disc: ['#fbd3a4', 86, 232, 40],
    clouds: [
      [266, 70, 116],
      [22, 104, 92],
    ],
  },
  night: {
    high: '#22335a',
    low: '#5a7099',
    cloud: '#7f93b8',
    hill: '#3d5480',
    ground: '#2f4269',
    disc: ['#f7ecc6', 318, 78, 30],
    clouds: [
      [24, 78, 108],
      [282, 150, 104],
    ],
  },
  storm: {
    high: '#8295a8',
    low: '#cfd9df',
    cloud: '#e6ecef',
    hill: '#94a9ab',
    ground: '#7b9497',
    disc: ['#d7e0e5', 88, 80, 32],
    clouds: [
      [244, 42, 130],
      [10, 88, 124],
    ],
  },
}

/** A cloud with its left upper corner at x, y. Its height is 0.56 of its width. */
export function cloud(x: number, y: number, width: number, fill: string): string {
  const d = 'M19 56a19 19 0 0 1-1-38 27 27 0 0 1 50-7 23 23 0 0 1 14 45z'
  return `<path transform="translate(${x} ${y}) scale(${width / 100})" d="${d}" fill="${fill}"/>`
}

/** The sky with its sun or moon, two clouds, a far hill and the ground that things stand on. */
export function backdrop(sky: Sky): string {
  const { high, low, cloud: fill, hill, ground, disc, clouds } = airs[sky]
  const [colour, x, y, r] = disc
  const [first, second] = clouds
  return `<linearGradient id="sky" x2="0" y2="1"><stop stop-color="${high}"/><stop offset="1" stop-color="${low}"/></linearGradient>
<path fill="url(#sky)" d="M0 0h400v400H0z"/>
<circle cx="${x}" cy="${y}" r="${r + 14}" fill="${colour}" opacity=".3"/><circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>${sky === 'night' ? stars : ''}
<g opacity=".75">${cloud(...first, fill)}${cloud(...second, fill)}</g>
<path fill="${hill}" d="M0 292q70-44 160-22t240-18v148H0z"/><path fill="${ground}" d="M0 322q200-30 400 0v78H0z"/>`
}

const stars = `<g fill="#fff" opacity=".8"><circle cx="60" cy="40" r="2.5"/><circle cx="150" cy="64" r="2"/><circle cx="232" cy="34" r="2.5"/><circle cx="360" cy="132" r="2"/><circle cx="40" cy="190" r="2"/><circle cx="262" cy="110" r="1.5"/></g>`

/** The soft shadow under something that stands at y. */
export function shadow(x: number, y: number, width: number): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${Math.round(width / 18)}" fill="#1c2b45" opacity=".2"/>`
}

/** Warm light around x, y. */
export function glow(x: number, y: number, r: number): string {
  return [1, 0.72, 0.48]
    .map(part => `<circle cx="${x}" cy="${y}" r="${Math.round(r * part)}" fill="#ffe6a3" opacity=".28"/>`)
    .join('')
}

/** Raindrops, each hanging from its tip at x, y. */
export function rain(fill: string, ...tips: readonly (readonly [x: number, y: number])[]): string {
  return `<path fill="${fill}" d="${tips.map(([x, y]) => `M${x} ${y}q9 12 9 18a9 9 0 0 1-18 0q0-6 9-18z`).join('')}"/>`
}
