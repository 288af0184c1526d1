/**
 * What can go wrong between the application and Redis.
 *
 * Owns the one error that all of it becomes. An error that Redis answers to a wrong command passes as it is: it is a bug.
 */
import { HttpError } from '../kit/index.ts'

/** Why Redis does not answer, or does not write. */
export const redisUnavailableReasons = [
  'unreachable',
  'refused',
  'loading',
  'read-only',
  'full',
  'busy',
  'cluster-down',
  'failing',
] as const
export type RedisUnavailableReason = (typeof redisUnavailableReasons)[number]

/** Seconds after which a client may ask again: longer than a restart of Redis, shorter than a visitor's patience. */
const retryAfterSeconds = 5

/**
 * Redis does not answer, or refuses to write.
 *
 * Waits were bounded before it is thrown, and the next command tries afresh: no restart is needed once Redis is back.
 * The message is for visitors and says nothing of the machine; `detail` and `cause` are for the log.
 */
export class RedisUnavailable extends HttpError {
  override readonly name: string = 'RedisUnavailable'
  readonly code = 'redis/unavailable'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': String(retryAfterSeconds) }
  readonly reason: RedisUnavailableReason
  /** For the log: what is wrong and, where known, what to do. Never holds a password. */
  readonly detail: string
  constructor(reason: RedisUnavailableReason, detail: string, cause?: unknown) {
    super('The store of this site is not available at the moment. Try again in a few seconds.', { cause })
    this.reason = reason
    this.detail = detail
  }
}

/** The first word of an error that Redis answers, https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const reasons: Readonly<Record<string, RedisUnavailableReason>> = {
  BUSY: 'busy',
  CLUSTERDOWN: 'cluster-down',
  DENIED: 'refused',
  LOADING: 'loading',
  MASTERDOWN: 'loading',
  MISCONF: 'failing',
  NOAUTH: 'refused',
  NOPERM: 'refused',
  NOREPLICAS: 'failing',
  OOM: 'full',
  READONLY: 'read-only',
  TRYAGAIN: 'cluster-down',
  WRONGPASS: 'refused',
}

/** These begin with the word that stands for every other error. */
const refusedText =
  /^ERR (?:max number of clients|invalid password|Client sent AUTH|AUTH |DB index|.* cluster support disabled)/i

/** Before Redis 7 the error of a command in a script stands inside the script's own. */
const firstWord = /^(?:ERR Error running script .*?: -)?([A-Z]+)\b/

/** Nuages's error for one that Redis answered; that itself when it is about the command. `label`: where Redis is. */
export function toReplyError(error: Error, label: string): Error {
  const word = firstWord.exec(error.message)?.[1] ?? ''
  const reason = refusedText.test(error.message) ? 'refused' : Object.hasOwn(reasons, word) ? reasons[word] : undefined
  return reason === undefined ? error : new RedisUnavailable(reason, `${label}: ${error.message}`, error)
}
