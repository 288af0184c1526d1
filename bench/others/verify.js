/** The hash that every server verifies at a login: `pbkdf2_sha256$iterations$salt$base64`. */
import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)

export async function verify(password, hash) {
  const [, iterations, salt, key] = hash.split('$')
  const wanted = Buffer.from(key, 'base64')
  return timingSafeEqual(await derive(password, salt, Number(iterations), wanted.length, 'sha256'), wanted)
}
