/**
 * A thread that computes bcrypt, one hash after the other, for ./bcrypt.ts. Its data is the file of the package `bcryptjs`.
 */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

/** What is used of `bcryptjs`. `salt`: `$2b$12$` and 22 characters; a number: a new one of this cost. */
interface Bcrypt {
  hashSync(password: string, salt: string | number): string
}

/** What the thread is asked. It answers the hash. */
export interface BcryptTask {
  readonly password: string
  readonly salt: string | number
}

const { hashSync } = createRequire(import.meta.url)(String(workerData)) as Bcrypt

parentPort?.on('message', ({ password, salt }: BcryptTask) => parentPort?.postMessage(hashSync(password, salt)))
