/**
 * Where mail goes: the seam, and the transports that need no server.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OutgoingMail } from './message.ts'
import { renderMail } from './render.ts'

/** Takes mail to somewhere. Give one of your own to `createApp` as `mailTransport`: a provider's API, say. */
export interface MailTransport {
  /**
   * Resolves when somebody else answers for the mail from now on. Rejects with `MailUnavailable` when nobody does, at the latest soon after
   * `signal` is aborted.
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>
  /** Lets go of what it holds; `send` is not called any more. */
  close?(): Promise<void>
}

/** Escape sequences and their like, which would steer the terminal (CWE-150). */
const steering = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Prints each mail between two lines. Default: to standard output. */
export function createConsoleTransport(
  write: (text: string) => void = text => void process.stdout.write(text),
): MailTransport {
  const rule = '-'.repeat(79)
  return { send: async mail => write(`${rule}\n${renderMail(mail).replaceAll(steering, '\u{fffd}')}${rule}\n`) }
}

/** Writes each mail into a file of its own, `20260131T120000123Z-….eml`, which only this user of the machine can read. Makes the folder. */
export function createFileTransport(folder: string): MailTransport {
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = `${mail.date.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(6).toString('hex')}.eml`
      await writeFile(join(folder, name), renderMail(mail), { mode: 0o600, flag: 'wx' })
    },
  }
}

/** As many as tests look at. */
const maxKept = 1000

/** Keeps the last 1000 mails in memory, for tests. */
export function createMemoryTransport(): MailTransport & { readonly outbox: OutgoingMail[] } {
  const outbox: OutgoingMail[] = []
  return {
    outbox,
    async send(mail) {
      outbox.push(mail)
      if (outbox.length > maxKept) outbox.shift()
    },
  }
}

/** Drops every mail. */
export function createDummyTransport(): MailTransport {
  return { send: async () => {} }
}
