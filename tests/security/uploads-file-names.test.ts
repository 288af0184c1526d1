/** CWE-22, CWE-158, CWE-176: names of files that lead elsewhere, hide what they are, or are too long. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HttpResponse } from 'nuages/http'
import { openApp } from '../uploads/open-app.ts'
import { rawFile, rawForm, type SeenForm, seenBy, sendRaw, showForm, utf8 } from '../uploads/raw-form.ts'

/** What a client sends, and what is left of it; `null`: no file. */
const names: readonly (readonly [sent: string, left: string | null])[] = [
  ['filename="../../etc/passwd"', 'passwd'],
  ['filename="/etc/passwd"', 'passwd'],
  ['filename="..\\\\..\\\\boot.ini"', 'boot.ini'],
  ['filename="C:\\\\Windows\\\\win.ini"', 'win.ini'],
  ['filename="\\\\\\\\host\\\\share\\\\x.txt"', 'x.txt'],
  ['filename="//host/share/x.txt"', 'x.txt'],
  ['filename="a/b\\\\c/../d.txt"', 'd.txt'],
  ["filename*=utf-8''..%2f..%2fetc%2fpasswd", 'passwd'],
  ["filename*=utf-8''%2e%2e%5c%2e%2e%5cboot.ini", 'boot.ini'],
  ['filename*0="../"; filename*1="../x.txt"', 'x.txt'],
  ['filename="safe.txt"; filename*=utf-8\'\'..%2fx.txt', 'x.txt'],
  ['filename="&#x2e;&#46;&sol;&bsol;x.txt"', 'x.txt'],
  ['filename="..&#x2f;&#x2f;x.txt"', 'x.txt'],
  // Escapes that nobody resolves twice are text.
  ['filename="..%2f..%2fx.txt"', '..%2f..%2fx.txt'],
  [`filename="${utf8('..／..＼x.txt')}"`, '..／..＼x.txt'],
  ['filename=".."', null],
  ['filename="."', null],
  ['filename="../"', null],
  ['filename="a/.."', null],
  ['filename="&#x2e;&#x2e;"', null],
  ['filename="..\0"', null],
  ['filename="photo.png\0.exe"', 'photo.png.exe'],
  ["filename*=utf-8''photo.php%00.png", 'photo.php.png'],
  ["filename*=utf-8''a%0d%0ab%1b%5b31m.txt", 'ab[31m.txt'],
  ['filename="a\tb\x7f\x08.txt"', 'ab.txt'],
  // The end, written backwards: exe.png would be shown.
  [`filename="${utf8('photo\u202egnp.exe')}"`, 'photognp.exe'],
  [`filename="${utf8('a\u200b\u2028\ufeff\u00a0b.txt')}"`, 'ab.txt'],
  [`filename="${'a'.repeat(1000)}.png"`, `${'a'.repeat(251)}.png`],
  [`filename="${'../'.repeat(500)}x.txt"`, 'x.txt'],
]

describe('the name of an uploaded file', () => {
  it('has no folder, nothing invisible, and at most 255 characters', async t => {
    const opened = await openApp(t, showForm)
    for (const [sent, left] of names) {
      const seen = (await seenBy(opened.app, rawForm(rawFile(sent)))) as SeenForm
      assert.deepEqual(
        seen.files.map(([, name]) => name),
        left === null ? [] : [left],
        sent,
      )
    }
  })

  it('cannot be overlong beyond its header', async t => {
    const { app } = await openApp(t, showForm)
    const seen = await seenBy(app, rawForm(rawFile(`filename="${'a'.repeat(100_000)}.png"`)))
    assert.deepEqual(seen, [400, 'http/part-header-too-large'])
  })

  it('saved as it is beside others stays in its folder', async t => {
    const opened = await openApp(t, async request => {
      const folder = join(opened.folder, 'kept')
      mkdirSync(folder)
      for (const file of (await request.FILES).getList('file')) await file.saveAs(join(folder, file.name))
      return new HttpResponse()
    })
    writeFileSync(join(opened.folder, 'x.txt'), 'precious')
    // One of each name: a second one would be refused.
    const byName = new Map(names.filter(([, left]) => left !== null).map(([sent, left]) => [left, sent]))
    const forms = rawForm(...[...byName.values()].map(sent => rawFile(sent)))
    assert.equal((await sendRaw(opened.app, forms)).status, 200)
    assert.deepEqual(readdirSync(opened.folder).sort(), ['kept', 'x.txt'])
    assert.equal(readdirSync(join(opened.folder, 'kept')).length, byName.size)
  })
})
