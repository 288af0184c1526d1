/**
 * SVG that only draws.
 *
 * Owns the list of what may stand in one: whatever is not on it is refused, so that nothing has to be known about what is dangerous.
 */
const elements = new Set([
  'svg',
  'g',
  'path',
  'circle',
  'ellipse',
  'rect',
  'line',
  'polyline',
  'polygon',
  'defs',
  'linearGradient',
  'radialGradient',
  'stop',
  'title',
  'desc',
])

const attribute =
  /^(?:xmlns|version|viewBox|width|height|id|x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|fx|fy|d|points|transform|offset|opacity|fill|stroke|preserveAspectRatio|spreadMethod|gradientUnits|gradientTransform|role|aria-label|(?:stop|fill|stroke)-[a-z-]+)$/

/** Of a gradient in the same file; any other `url(` leads out of it. */
const ownGradient = /^url\(#[\w-]+\)$/

const tag = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9:-]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(\/?)>/y

/** True for a whole SVG file of shapes, colours and gradients, that refers to nothing outside itself and runs nothing. */
export function isPlainDrawing(text: string): boolean {
  const drawing = text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^<\?xml [^<>?]*\?>\s*/, '')
  if (!/^<svg\s/.test(drawing) || !/\sxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["']/.test(drawing)) return false
  const open: string[] = []
  for (let at = 0; at < drawing.length; ) {
    if (drawing[at] !== '<') {
      const end = drawing.indexOf('<', at)
      const words = drawing.slice(at, end === -1 ? undefined : end)
      if (end === -1 || open.length === 0 || /[&>\0]/.test(words)) return false
      at = end
      continue
    }
    if (drawing.startsWith('<!--', at)) {
      const end = drawing.indexOf('-->', at + 4)
      if (end === -1 || open.length === 0) return false
      at = end + 3
      continue
    }
    tag.lastIndex = at
    const found = tag.exec(drawing)
    if (found === null) return false
    const [whole, closes, name = '', attributes = '', isEmpty] = found
    if (!elements.has(name) || (name === 'svg') !== (at === 0 || (closes !== '' && open.length === 1))) return false
    if (closes !== '') {
      if (attributes !== '' || open.pop() !== name) return false
      if (open.length === 0) return at + whole.length === drawing.length
    } else {
      if (!arePlain(attributes)) return false
      if (isEmpty === '') open.push(name)
    }
    at += whole.length
  }
  return false
}

function arePlain(attributes: string): boolean {
  for (const [, name = '', quoted = ''] of attributes.matchAll(/([a-zA-Z0-9:-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    const value = quoted.slice(1, -1).trim()
    if (!attribute.test(name)) return false
    if (name !== 'xmlns' && /[\\:]|url/i.test(value) && !ownGradient.test(value) && name !== 'aria-label') return false
  }
  return true
}
