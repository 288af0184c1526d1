/**
 * Password hashes (provisional).
 */
import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { randomString } from '../kit/index.ts'

const derive = promisify(pbkdf2)
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

export interface Passwords {
  make(password: string | null): Promise<string>
  verify(password: string, encoded: string): Promise<{ ok: boolean; mustUpdate: boolean }>
  burn(password: string): Promise<void>
}

export function createPasswords(_options: { hashers: readonly string[]; djangoVersion?: string | null }): Passwords {
  const iterations = 10_000
  const encode = async (password: string, salt: string): Promise<string> =>
    `pbkdf2_sha256$${iterations}$${salt}$${(await derive(password, salt, iterations, 32, 'sha256')).toString('base64')}`
  return {
    make: async password =>
      password === null ? `!${randomString(40, alphabet)}` : encode(password, randomString(22, alphabet)),
    async verify(password, encoded) {
      const expected = Buffer.from(await encode(password, encoded.split('$')[2] ?? ''))
      const actual = Buffer.from(encoded)
      return { ok: expected.length === actual.length && timingSafeEqual(expected, actual), mustUpdate: false }
    },
    async burn(password) {
      await encode(password, 'salt')
    },
  }
}
