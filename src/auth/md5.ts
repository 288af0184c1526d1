/**
 * Salted MD5 as Django's tests write it, `md5$salt$hex`: read, so that such accounts can log in once and be upgraded.
 */
import { hash } from 'node:crypto'
import { constantTimeEqual } from '../kit/index.ts'
import type { PasswordReader } from './password-hasher.ts'

export const md5Reader: PasswordReader = {
  algorithm: 'md5',
  async verify(password, encoded) {
    const [, salt, digest, ...rest] = encoded.split('$')
    if (!salt || digest === undefined || rest.length > 0) return null
    return constantTimeEqual(digest, hash('md5', salt + password, 'hex'))
  },
}
