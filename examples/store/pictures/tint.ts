/** The colours that things are made of. */

/** Three tones of one colour: the lit side, the body, the shaded side. */
export interface Paint {
  readonly light: string
  readonly body: string
  readonly dark: string
}

export const tints = ['brass', 'clay', 'moss', 'night', 'plum', 'rose', 'sea', 'slate', 'sun'] as const
export type Tint = (typeof tints)[number]

export const paints: Readonly<Record<Tint, Paint>> = {
  brass: { light: '#ecd49a', body: '#d3ac5f', dark: '#a8823d' },
  clay: { light: '#f0b79a', body: '#d98663', dark: '#b5644a' },
  moss: { light: '#b9cfa4', body: '#86a673', dark: '#5f8056' },
  night: { light: '#6f87b0', body: '#3f5684', dark: '#2b3c62' },
  plum: { light: '#c7a9cc', body: '#9673a3', dark: '#6f517e' },
  rose: { light: '#f6cfcd', body: '#e39c9f', dark: '#c07579' },
  sea: { light: '#a9d3d6', body: '#5fa3ad', dark: '#3f7d89' },
  slate: { light: '#b7c4d1', body: '#7f93a8', dark: '#5b6e84' },
  sun: { light: '#fbe2a0', body: '#f2bd58', dark: '#d3953a' },
}

export const cream = '#fdf8ee'
export const wood = '#b98a62'
export const darkWood = '#8f6647'
export const line = '#3b4a60'
