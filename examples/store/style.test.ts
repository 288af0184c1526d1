import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const css = read('style.css')
const light = colours(css.slice(0, css.indexOf('@media')))
const dark = { ...light, ...colours(css.slice(css.indexOf('@media'), css.indexOf('main img'))) }

/** Text on what it stands on. */
const pairs = [
  ['ink', 'ground'],
  ['ink', 'paper'],
  ['soft', 'ground'],
  ['soft', 'paper'],
  ['accent', 'ground'],
  ['accent', 'paper'],
  ['accent', 'wash'],
  ['deep', 'ground'],
  ['on-accent', 'accent'],
  ['on-accent', 'deep'],
  ['good', 'ground'],
  ['good', 'good-wash'],
  ['bad', 'ground'],
  ['bad', 'bad-wash'],
  ['warn', 'ground'],
  ['warn', 'warn-wash'],
] as const

for (const [scheme, palette] of Object.entries({ light, dark })) {
  for (const [text, back] of pairs) {
    test(`${scheme}: ${text} on ${back} has the contrast of WCAG AA`, () => {
      assert.ok(contrast(palette[text], palette[back]) >= 4.5)
    })
  }
  test(`${scheme}: the edge of a field stands out from the page`, () => {
    assert.ok(contrast(palette.edge, palette.ground) >= 3)
  })
}

test('the stylesheet stays small and loads nothing', () => {
  assert.ok(css.length < 20 * 1024)
  assert.doesNotMatch(css, /@import|url\(/)
})

function colours(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))
}

/** WCAG 2.2, contrast ratio of two colours. */
function contrast(first: string | undefined, second: string | undefined): number {
  const [lighter, darker] = [luminance(first), luminance(second)].sort((a, b) => b - a) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string | undefined): number {
  assert.ok(colour, 'the colour is defined')
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
