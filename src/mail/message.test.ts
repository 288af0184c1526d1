import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs } from '../../tests/cpu-time.ts'
import { BadMailError } from './errors.ts'
import { isMailAddress, type MailMessage, type OutgoingMail, parseMailAddress, toOutgoingMail } from './message.ts'
import { renderMail } from './render.ts'

const from = { name: 'The shop', address: 'shop@example.com' }
const date = new Date('2026-01-31T12:00:00Z')

function outgoing(message: Partial<MailMessage>): OutgoingMail {
  return toOutgoingMail({ to: 'ada@example.com', subject: 'Rain', text: 'soon', ...message }, { from, date })
}

describe('a mail address', () => {
  it('is what mail can be sent to, in any script', () => {
    for (const good of [
      'ada@example.com',
      'a.b+c_d@sub.example.co',
      'webmaster@localhost',
      "o'neil@example.com",
      'rené@exämple.de',
      '用户@例子.广告',
      `${'a'.repeat(64)}@example.com`,
    ])
      assert.equal(isMailAddress(good), true, good)
  })

  it('is nothing that two programs could read as two people, or that would begin a header field', () => {
    for (const bad of [
      '',
      '@',
      'ada',
      'ada@',
      '@example.com',
      'a@b@c',
      'ada@example.com, eve@evil.example',
      'ada@example.com;eve@evil.example',
      'ada@example.com eve@evil.example',
      '"eve@evil.example x"@example.com',
      'eve(comment)@example.com',
      '<ada@example.com>',
      'ada@example.com>\r\nRCPT TO:<eve@evil.example',
      'ada@example.com\r\nBcc: eve@evil.example',
      'ada@example.com\n',
      'ada@exa\u0000mple.com',
      'ada@example..com',
      'ada@-example.com',
      'ada@example.com\u2028',
      'ada@[127.0.0.1]',
      '\ud800@example.com',
      `${'a'.repeat(65)}@example.com`,
      `ada@${'a.'.repeat(130)}com`,
    ])
      assert.equal(isMailAddress(bad), false, JSON.stringify(bad))
  })

  it('may have a name before it', () => {
    assert.deepEqual(parseMailAddress('Ada Lovelace <ada@example.com>'), {
      name: 'Ada Lovelace',
      address: 'ada@example.com',
    })
    assert.deepEqual(parseMailAddress('"Shop, the \\"best\\"" <a@b>'), { name: 'Shop, the "best"', address: 'a@b' })
    assert.deepEqual(parseMailAddress(' <a@b> '), { name: '', address: 'a@b' })
    for (const bad of ['a <b> <a@b>', 'Ada\r\nBcc: e@evil.example <a@b>', 'Ada <a@b> x', '<>', 'x'.repeat(2000)])
      assert.equal(parseMailAddress(bad), null, bad.slice(0, 50))
  })

  it('is judged in no time, whatever comes', () => {
    const started = cpuMs()
    for (const bad of ['a.'.repeat(500_000), 'a@'.repeat(500_000), `a@${'a-'.repeat(120)}!`, '<'.repeat(900)]) {
      assert.equal(isMailAddress(bad), false)
      assert.equal(parseMailAddress(bad), null)
    }
    assert(cpuMs() - started < 500)
  })
})

describe('a mail', () => {
  it('is refused whole for a line break, in whatever would become a field of its head', () => {
    for (const text of [
      'a\r\nBcc: eve@evil.example',
      'a\nb',
      'a\rb',
      'a\0b',
      'a\u2028b',
      'a\u2029b',
      'a\u0085b',
      'a\ud800',
    ]) {
      assert.throws(() => outgoing({ subject: text }), BadMailError, JSON.stringify(text))
      assert.throws(() => outgoing({ to: `${text} <ada@example.com>` }), BadMailError)
      assert.throws(() => outgoing({ from: `${text} <ada@example.com>` }), BadMailError)
      assert.throws(() => outgoing({ replyTo: text }), BadMailError)
      assert.throws(() => outgoing({ headers: { 'X-Note': text } }), BadMailError)
      assert.throws(() => outgoing({ headers: { [`X-${text}`]: 'a' } }), BadMailError)
    }
  })

  it('has each field of its own once', () => {
    for (const name of ['Bcc', 'to', 'Subject', 'Content-Type', 'MIME-Version', 'From', 'Sender', 'X Y', 'X:', ''])
      assert.throws(() => outgoing({ headers: { [name]: 'a' } }), BadMailError, name)
    assert.deepEqual(outgoing({ headers: { 'List-Unsubscribe': '<https://a.example>' } }).headers, {
      'List-Unsubscribe': '<https://a.example>',
    })
  })

  it('goes to somebody, and to no crowd', () => {
    assert.throws(() => outgoing({ to: [] }), BadMailError)
    assert.throws(
      () => outgoing({ to: Array<string>(60).fill('a@b'), bcc: Array<string>(60).fill('a@b') }),
      BadMailError,
    )
    assert.equal(outgoing({ to: [], bcc: 'a@b' }).bcc.length, 1)
  })

  it('reads as a mail program reads it from a file', () => {
    const mail = outgoing({ to: ['Ada <ada@example.com>', 'b@c'], text: 'één\r\nzwei', html: '<p>één</p>' })
    const lines = renderMail(mail).split('\n')
    assert.deepEqual(lines.slice(0, 5), [
      'From: The shop <shop@example.com>',
      'To: Ada <ada@example.com>, b@c',
      'Subject: Rain',
      'Date: Sat, 31 Jan 2026 12:00:00 +0000',
      'MIME-Version: 1.0',
    ])
    const [, boundary] = /boundary="([^"]+)"/.exec(lines[5] ?? '') ?? []
    assert.equal(lines.filter(line => line === `--${boundary}`).length, 2)
    assert.equal(lines.at(-2), `--${boundary}--`)
    assert(lines.includes('één') && lines.includes('zwei') && lines.includes('<p>één</p>'))
  })
})
