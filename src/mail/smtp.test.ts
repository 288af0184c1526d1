import assert from 'node:assert/strict'
import { isAscii } from 'node:buffer'
import { describe, it, type TestContext } from 'node:test'
import { type SmtpServer, type SmtpServerOptions, startSmtpServer } from '../../tests/smtp-server.ts'
import { defineSettings, type SettingsInput } from '../settings/index.ts'
import { MailUnavailable, type MailUnavailableReason } from './errors.ts'
import { Mail } from './mail.ts'
import type { MailMessage } from './message.ts'

const message: MailMessage = { to: 'Ada <ada@example.com>', subject: 'Rain', text: 'soon' }

async function open(
  t: TestContext,
  { server: options = {}, ...values }: Partial<SettingsInput> & { server?: SmtpServerOptions } = {},
): Promise<{ mail: Mail; server: SmtpServer }> {
  const server = await startSmtpServer(t, options)
  const settings = defineSettings({
    SECRET_KEY: 'secret',
    EMAIL_BACKEND: 'django.core.mail.backends.smtp.EmailBackend',
    EMAIL_HOST: '127.0.0.1',
    EMAIL_PORT: server.port,
    EMAIL_TIMEOUT: 5,
    DEFAULT_FROM_EMAIL: 'The shop <shop@example.com>',
    ...values,
  })
  const mail = new Mail({ settings })
  t.after(() => mail.close())
  return { mail, server }
}

async function refusal(sending: Promise<void>): Promise<MailUnavailable> {
  const error: unknown = await sending.then(
    () => null,
    error => error,
  )
  assert(error instanceof MailUnavailable, String(error))
  return error
}

/** The head of a mail, folded lines joined. */
function headOf(wire: string): string {
  return (wire.split('\r\n\r\n', 1)[0] as string).replaceAll(/\r\n[ \t]+/g, ' ')
}

describe('mail by SMTP', () => {
  it('goes from and to the addresses it names, with text that survives the way', async t => {
    const { mail, server } = await open(t)
    const text = 'First\n.\n..dots\n.hidden\nRené ☔ 😀\n'
    await mail.send({ ...message, text, bcc: 'eve@example.com', headers: { 'Auto-Submitted': 'auto-generated' } })
    const [received] = server.mails
    assert.equal(received?.from, 'MAIL FROM:<shop@example.com>')
    assert.deepEqual(received?.to, ['RCPT TO:<ada@example.com>', 'RCPT TO:<eve@example.com>'])
    const wire = received?.wire ?? ''
    assert(isAscii(Buffer.from(wire)))
    assert.doesNotMatch(wire, /(?<!\r)\n|\r(?!\n)/)
    const head = headOf(wire)
    assert.match(head, /^From: The shop <shop@example\.com>$/m)
    assert.match(head, /^To: Ada <ada@example\.com>$/m)
    assert.match(head, /^Auto-Submitted: auto-generated$/m)
    assert.match(head, /^Date: /m)
    assert.match(head, /^Message-ID: </m)
    assert.doesNotMatch(head, /eve@/)
    const body = wire.slice(wire.indexOf('\r\n\r\n') + 4)
    assert.doesNotMatch(body, /^\.$|^\.[^.]/m)
    assert.equal(decodeBody(head, body), text.replaceAll('\n', '\r\n'))
  })

  it('doubles a dot at the start of a line, so that no text ends the mail and begins another', async t => {
    const { mail, server } = await open(t)
    const smuggled = 'a\n.\nMAIL FROM:<eve@evil.example>\nRCPT TO:<bob@example.com>\nDATA\nevil\n.\n'
    const bare = 'a\r.\rMAIL FROM:<eve@evil.example>\r\n.\nb'
    for (const text of [smuggled, smuggled.replaceAll('\n', '\r\n'), bare]) await mail.send({ ...message, text })
    assert.equal(server.mails.length, 3)
    assert.equal(server.commands.filter(command => command.startsWith('MAIL')).length, 3)
    assert(!server.commands.some(command => command.includes('evil')))
    assert.match(server.mails[0]?.wire ?? '', /\r\na\r\n\.\.\r\nMAIL FROM/)
  })

  it('encodes a subject and names that are not ASCII, and folds long ones', async t => {
    const { mail, server } = await open(t)
    const subject = `Wölkchen ☁ ${'lang '.repeat(60)}`.trim()
    await mail.send({ ...message, to: 'Zoë, "die" Ärztin <zoe@exämple.de>', subject })
    const { wire = '', to = [] } = server.mails[0] ?? {}
    assert(isAscii(Buffer.from(wire)))
    for (const line of wire.split('\r\n')) assert(line.length <= 998)
    const field = /^Subject: (.*)$/m.exec(headOf(wire))?.[1] ?? ''
    assert.equal(decodeWords(field), subject)
    assert.deepEqual(to, ['RCPT TO:<zoe@xn--exmple-cua.de>'])
    assert.equal(headOf(wire).match(/^To:/gm)?.length, 1)
  })

  it('has both text and HTML where both are given', async t => {
    const { mail, server } = await open(t)
    await mail.send({ ...message, html: '<p>soon</p>' })
    assert.match(
      server.mails[0]?.wire ?? '',
      /multipart\/alternative[\s\S]*text\/plain[\s\S]*soon[\s\S]*text\/html[\s\S]*<p>soon/,
    )
  })

  it('reads no file and fetches nothing, whatever the text looks like', async t => {
    const { mail, server } = await open(t)
    await mail.send({ ...message, text: 'file:///etc/passwd', html: '<img src="file:///etc/passwd">' })
    assert.doesNotMatch(server.mails[0]?.wire ?? '', /root:/)
  })

  it('logs in when there is a name, and never tells the password', async t => {
    const login = { EMAIL_HOST_USER: 'shop', EMAIL_HOST_PASSWORD: 'quiet-rain' }
    const { mail, server } = await open(t, login)
    await mail.send(message)
    const plain = Buffer.from('\0shop\0quiet-rain').toString('base64')
    assert(server.commands.some(command => command.includes(plain) || command === 'AUTH PLAIN'))
    const refusing = await open(t, { ...login, server: { answers: { AUTH: '535 5.7.8 no' } } })
    const error = await refusal(refusing.mail.send(message))
    assert.equal(error.reason, 'login-refused')
    assert.doesNotMatch(`${error.message}${error.detail}${error.stack}${JSON.stringify(error)}`, /quiet-rain/)
    assert.doesNotMatch(String((error.cause as Error).stack), /quiet-rain/)
  })

  it('says what is wrong, in bounded time, to the log and not to the visitor', async t => {
    const hangs = { EMAIL_TIMEOUT: 1 }
    const cases: readonly (readonly [Record<string, string | null>, MailUnavailableReason])[] = [
      [{ RCPT: '550 5.1.1 nobody here' }, 'refused'],
      [{ MAIL: '553 not from you' }, 'refused'],
      [{ '.': '554 spam' }, 'refused'],
      [{ greeting: '421 too busy' }, 'unreachable'],
      [{ greeting: null }, 'unreachable'],
      [{ DATA: null }, 'unreachable'],
    ]
    await Promise.all(
      cases.map(async ([answers, reason]) => {
        const { mail } = await open(t, { ...hangs, server: { answers } })
        const error = await refusal(mail.send(message))
        assert.equal(error.reason, reason, JSON.stringify([answers, error.detail]))
        assert.equal(error.status, 503)
        assert.doesNotMatch(error.message, /127\.0\.0\.1|example\.com/)
        assert.match(error.detail, /^127\.0\.0\.1:\d+: /)
      }),
    )
  })

  it('is not sent in clear where TLS was asked for', async t => {
    const { mail, server } = await open(t, { EMAIL_USE_TLS: true, EMAIL_HOST_USER: 'shop' })
    assert.equal((await refusal(mail.send(message))).reason, 'tls-failed')
    assert(!server.commands.some(command => /^(?:AUTH|MAIL)/.test(command)))
  })

  it('finds nobody at a closed port', async t => {
    const { mail } = await open(t, { EMAIL_PORT: 1 })
    assert.equal((await refusal(mail.send(message))).reason, 'unreachable')
  })
})

function decodeBody(head: string, body: string): string {
  const unstuffed = body.replaceAll(/^\.\./gm, '.')
  if (/^Content-Transfer-Encoding: base64/im.test(head)) return Buffer.from(unstuffed, 'base64').toString('utf8')
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(head)) return unstuffed
  return Buffer.from(decodeQuoted(unstuffed.replaceAll('=\r\n', '')), 'latin1').toString('utf8')
}

function decodeQuoted(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** RFC 2047. */
function decodeWords(text: string): string {
  const bytes = text.replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=(?: (?==\?))?/gi, (_, kind: string, word: string) =>
    kind.toUpperCase() === 'B'
      ? Buffer.from(word, 'base64').toString('latin1')
      : decodeQuoted(word.replaceAll('_', ' ')),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
