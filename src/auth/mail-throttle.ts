/**
 * Keeps visitors from filling other people's mailboxes.
 *
 * Counts each demand, whether or not there is such an account: so a refusal tells nothing about that.
 */
import { createHash } from 'node:crypto'
import { foldEmail } from './email-address.ts'
import { TooManyMails } from './errors.ts'
import { networkOf } from './throttle.ts'
import type { ThrottleLimit, ThrottleStore } from './throttle-store.ts'

const windowMs = 3_600_000
/** To one address on one occasion, whoever asks. Each mail that came has a link that works: nobody is locked out by another's demands. */
const perRecipient: ThrottleLimit = { places: 5, windowMs }
/** From one address, to whomever: an office that comes back from a holiday stays under it. */
const perVisitor: ThrottleLimit = { places: 30, windowMs }

/** Mails demanded in the last hour. */
export class MailThrottle {
  readonly #store: ThrottleStore

  constructor(store: ThrottleStore) {
    this.#store = store
  }

  /**
   * `occasion`: a short word; each has limits of its own.
   *
   * @throws {TooManyMails} with status 429 for the sixth mail to an address within an hour, and the 31st demand from one.
   */
  async take(occasion: string, email: string, ip: string | null): Promise<void> {
    // First who asks: a list of addresses leaves no more traces here than this visitor may ask for.
    if (ip !== null) await this.#take(`${occasion}-from:${networkOf(ip)}`, perVisitor)
    const digest = createHash('sha256').update(foldEmail(email)).digest('base64url')
    await this.#take(`${occasion}-to:${digest}`, perRecipient)
  }

  async #take(key: string, limit: ThrottleLimit): Promise<void> {
    const { taken, endsInMs } = await this.#store.take(key, limit)
    if (!taken) throw new TooManyMails(Math.max(1, Math.ceil(endsInMs / 1000)))
  }
}
