import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from './catalogue.ts'
import { drawPicture } from './pictures.ts'
import { isPlainDrawing } from './plain-drawing.ts'

const svg = (inner: string, attributes = ''): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"${attributes}>${inner}</svg>`

test('the shop’s own drawings are plain', () => {
  for (const product of catalogue) assert.ok(isPlainDrawing(drawPicture(product)), product.slug)
  assert.ok(
    isPlainDrawing(`\uFEFF<?xml version="1.0"?>\n${svg('<!-- a --><title>A cloud</title><g><path d="M0 0"/></g>')}\n`),
  )
})

const refused: readonly string[] = [
  '',
  '<svg/>',
  'GIF89a',
  '<svg><path d="M0 0"/></svg>',
  svg('<script>alert(1)</script>'),
  svg('<SCRIPT/>'),
  svg('<svg:script/>'),
  svg('<x:script xmlns:x="http://www.w3.org/2000/svg"/>'),
  svg('<g onload="alert(1)"/>'),
  svg('<g\u00a0onload="alert(1)"/>'),
  svg('', ' onload="alert(1)"'),
  svg('<style>*{}</style>'),
  svg('<g style="fill:url(http://other.example/)"/>'),
  svg('<g fill="url(http://other.example/#a)"/>'),
  svg('<g fill="URL(//other.example/#a)"/>'),
  svg('<g fill="u\\72l(//other.example/#a)"/>'),
  svg('<g fill="&#117;rl(//other.example)"/>'),
  svg('<image href="http://other.example/a.png"/>'),
  svg('<use href="#a"/>'),
  svg('<a href="javascript:alert(1)"><path d="M0 0"/></a>'),
  svg('<foreignObject><p>hello</p></foreignObject>'),
  svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
  svg('<![CDATA[<script>alert(1)</script>]]>'),
  svg('<?xml-stylesheet href="a.css"?>'),
  svg('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
  svg('<g>'),
  svg('</g>'),
  svg('&xxe;'),
  `${svg('')}<script>alert(1)</script>`,
  `<!DOCTYPE svg [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>${svg('')}`,
  `<?xml-stylesheet href="http://other.example/a.css"?>${svg('')}`,
  svg('').replace('http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xhtml'),
]

for (const text of refused)
  test(`refused: ${JSON.stringify(text.slice(0, 110))}`, () => assert.ok(!isPlainDrawing(text)))

test('a long hostile text takes no long time', () => {
  const started = process.cpuUsage()
  for (const text of [`<svg ${'a '.repeat(20_000)}`, svg(`<g ${'x="" '.repeat(8_000)}`), svg('<g>'.repeat(10_000))])
    assert.ok(!isPlainDrawing(text))
  // Of the processor, not of the clock: the machine may be busy with something else.
  assert.ok(process.cpuUsage(started).user < 2_000_000)
})
