import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { ConfigError } from '../kit/index.ts'
import { defineSettings, type Settings, type SettingsInput } from '../settings/index.ts'
import { BadMailError, MailBusy, MailUnavailable } from './errors.ts'
import { Mail, type MailOptions } from './mail.ts'
import type { MailMessage, OutgoingMail } from './message.ts'
import { createConsoleTransport } from './transport.ts'

const message: MailMessage = { to: 'ada@example.com', subject: 'Rain', text: 'soon' }

function settingsOf(values: Partial<SettingsInput> = {}): Settings {
  return defineSettings({ SECRET_KEY: 'secret', EMAIL_BACKEND: 'locmem', ...values })
}

function mailOf(values: Partial<SettingsInput> = {}, options: Partial<MailOptions> = {}): Mail {
  return new Mail({ settings: settingsOf(values), ...options })
}

/** A logger that keeps what it is told. */
function keeper(): {
  lines: string[]
  errors: unknown[]
  warn(f: object, m: string): void
  error(f: object, m: string): void
} {
  const lines: string[] = []
  const errors: unknown[] = []
  return {
    lines,
    errors,
    warn: (_fields, text) => void lines.push(text),
    error: (fields, text) => {
      lines.push(text)
      errors.push('err' in fields ? fields.err : fields)
    },
  }
}

describe('mail', () => {
  it('is kept in memory for tests, from whom the settings say', async () => {
    const mail = mailOf({ DEFAULT_FROM_EMAIL: 'The shop <shop@example.com>' }, { clock: () => 1000 })
    await mail.send(message)
    await mail.send({ ...message, from: 'other@example.com' })
    const [first, second] = mail.outbox
    assert.deepEqual(first?.from, { name: 'The shop', address: 'shop@example.com' })
    assert.deepEqual(first?.to, [{ name: '', address: 'ada@example.com' }])
    assert.equal(first?.date.getTime(), 1000)
    assert.equal(second?.from.address, 'other@example.com')
  })

  it('is printed by default, without what steers a terminal', async () => {
    assert.equal(defineSettings({ SECRET_KEY: 'secret' }).EMAIL_BACKEND, 'console')
    let printed = ''
    const transport = createConsoleTransport(text => {
      printed += text
    })
    await mailOf({}, { transport }).send({ ...message, text: 'a\u001b[31mb\u202ec\n\tNext\n' })
    assert.match(printed, /^-{79}\nFrom: webmaster@localhost\nTo: ada@example\.com\nSubject: Rain\n/)
    assert.match(printed, /a\ufffd\[31mb\ufffdc\n\tNext\n-{79}\n$/)
  })

  it('that is printed where nobody looks says so, once', async t => {
    t.mock.method(process.stdout, 'write', () => true)
    const logger = keeper()
    const mail = mailOf({ EMAIL_BACKEND: 'console' }, { logger })
    await mail.send(message)
    await mail.send(message)
    t.mock.reset()
    assert.equal(logger.lines.length, 1)
    assert.match(logger.lines[0] ?? '', /EMAIL_BACKEND/)
  })

  it('becomes a file that only its owner reads', async t => {
    const folder = join(temporaryFolder(t), 'mails', 'out')
    const mail = mailOf({ EMAIL_BACKEND: 'django.core.mail.backends.filebased.EmailBackend', EMAIL_FILE_PATH: folder })
    await Promise.all([mail.send(message), mail.send(message)])
    const names = readdirSync(folder)
    assert.equal(names.length, 2)
    assert.match(readFileSync(join(folder, names[0] ?? ''), 'utf8'), /^From: [\s\S]*Subject: Rain[\s\S]*\n\nsoon\n$/)
    assert.equal(statSync(join(folder, names[0] ?? '')).mode & 0o777, 0o600)
  })

  it('can be dropped, or go another way', async () => {
    await mailOf({ EMAIL_BACKEND: 'dummy' }).send(message)
    const sent: OutgoingMail[] = []
    let closed = false
    const transport = {
      send: async (mail: OutgoingMail) => void sent.push(mail),
      close: async () => {
        closed = true
      },
    }
    const mail = mailOf({}, { transport })
    await mail.send(message)
    await mail.close()
    assert.deepEqual([sent.length, closed], [1, true])
  })

  it('with a mistake in it is refused before anything goes out', async () => {
    const mail = mailOf()
    await assert.rejects(mail.send({ ...message, subject: 'a\nb' }), BadMailError)
    assert.equal(mail.outbox.length, 0)
  })

  it('of a sender that is none is refused at the start', () => {
    assert.throws(() => mailOf({ DEFAULT_FROM_EMAIL: 'nobody' }), {
      name: 'ConfigError',
      setting: 'DEFAULT_FROM_EMAIL',
    })
    const both = { EMAIL_USE_TLS: true, EMAIL_USE_SSL: true }
    assert.throws(() => settingsOf(both), { name: 'ConfigError', setting: 'EMAIL_USE_SSL' })
    assert.throws(() => settingsOf({ EMAIL_BACKEND: 'file' }), ConfigError)
    assert.throws(() => settingsOf({ EMAIL_HOST: 'a b' }), ConfigError)
    assert.throws(() => settingsOf({ EMAIL_PORT: 65_536 }), ConfigError)
  })
})

describe('mail for later', () => {
  it('returns at once, and sends what is made', async () => {
    const mail = mailOf()
    const order: string[] = []
    mail.sendLater(() => {
      order.push('made')
      return [message, message]
    })
    mail.sendLater(async () => null)
    order.push('returned')
    await mail.idle()
    assert.deepEqual(order, ['returned', 'made'])
    assert.equal(mail.outbox.length, 2)
    await mail.idle()
  })

  it('that fails is logged, and keeps no other from going out', async () => {
    const logger = keeper()
    const sent: string[] = []
    const transport = {
      async send(mail: OutgoingMail) {
        if (mail.subject === 'bad') throw new MailUnavailable('refused', 'no')
        sent.push(mail.subject)
      },
    }
    const mail = mailOf({}, { transport, logger })
    mail.sendLater(() => {
      throw new Error('a bug in a text')
    })
    mail.sendLater(() => [
      { ...message, subject: 'bad' },
      { ...message, subject: 'good' },
    ])
    await mail.idle()
    assert.deepEqual(sent, ['good'])
    assert.equal(logger.errors.length, 2)
    assert(logger.errors.every(error => error instanceof Error))
  })

  it('is four at once, a thousand waiting, and no more', async () => {
    let running = 0
    let most = 0
    let release = (): void => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const transport = {
      async send() {
        running += 1
        most = Math.max(most, running)
        await gate
        running -= 1
      },
    }
    const mail = mailOf({}, { transport })
    const work = (): MailMessage => message
    for (let index = 0; index < 1000; index += 1) mail.sendLater(work)
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    for (let index = 0; index < 4; index += 1) mail.sendLater(work)
    assert.throws(() => mail.sendLater(work), MailBusy)
    release()
    await mail.idle()
    assert.equal(most, 4)
    await mail.close()
    assert.throws(() => mail.sendLater(work), MailBusy)
  })

  it('is waited for when the app closes', async () => {
    const mail = mailOf()
    mail.sendLater(() => message)
    await mail.close()
    assert.equal(mail.outbox.length, 1)
  })

  it('is given up when the app closes and the server hangs', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const logger = keeper()
    const transport = {
      send: (_mail: OutgoingMail, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    }
    const mail = mailOf({}, { transport, logger })
    for (let index = 0; index < 10; index += 1) mail.sendLater(() => message)
    const closed = mail.close()
    await new Promise(resolve => setImmediate(resolve))
    t.mock.timers.tick(10_000)
    await closed
    await mail.idle()
    assert(logger.lines.includes('mail was still waiting when the app closed, and is lost'))
  })
})
