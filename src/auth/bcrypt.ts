/**
 * bcrypt as Django writes it: `bcrypt_sha256$$2b$12$…` of the password's SHA-256, and `bcrypt$$2b$12$…` of its first 72 bytes.
 *
 * Node has no bcrypt. `bcryptjs` is an optional package in plain JavaScript, which works in slices of a tenth of a second on the event
 * loop: here it has threads of its own.
 */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ConfigError, constantTimeEqual } from '../kit/index.ts'
import type { BcryptTask } from './bcrypt-worker.ts'
import type { PasswordHasher } from './password-hasher.ts'

/** A damaged row must not keep a thread for minutes: each step doubles the third of a second that 12 takes. */
const maxRounds = 16

const encodedForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const saltForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22}$/
const saltLength = 29

export interface BcryptOptions {
  /** The cost, as a power of two: 4 to 16. Default: 12. */
  readonly rounds?: number
}

/** `bcrypt_sha256`: no byte of a long password is lost. */
export function bcryptSha256Hasher(options: BcryptOptions = {}): PasswordHasher {
  return bcryptHasherOf({ ...options, algorithm: 'bcrypt_sha256' })
}

/** `bcrypt`: what stands after 72 bytes of a password does not count. */
export function bcryptHasher(options: BcryptOptions = {}): PasswordHasher {
  return bcryptHasherOf({ ...options, algorithm: 'bcrypt' })
}

/**
 * Where `bcryptjs` is.
 *
 * @throws {ConfigError} with the command that installs it.
 */
export function requireBcrypt(): string {
  try {
    return createRequire(import.meta.url).resolve('bcryptjs')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause
    const problem = 'A password is hashed with bcrypt, which needs the package bcryptjs, and it is not installed.'
    throw new ConfigError(problem, 'Run: npm install bcryptjs', { setting: 'PASSWORD_HASHERS', cause })
  }
}

let isMissed = false

/** False, with a warning of the process, where a hash needs the package and it is missing: to the visitor the password is just wrong. */
function isInstalled(): boolean {
  try {
    requireBcrypt()
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    if (!isMissed) process.emitWarning(error)
    isMissed = true
    return false
  }
}

interface Variant extends BcryptOptions {
  readonly algorithm: 'bcrypt' | 'bcrypt_sha256'
}

function bcryptHasherOf({ algorithm, rounds = 12 }: Variant): PasswordHasher {
  const prefix = `${algorithm}$`
  const isDigested = algorithm === 'bcrypt_sha256'
  const compute = async (password: string, salt: string | number): Promise<string> => {
    const message = isDigested ? createHash('sha256').update(password).digest('hex') : password
    return prefix + (await computeInThread({ password: message, salt }))
  }
  const roundsOf = (encoded: string): number | null => readRounds(encoded.slice(prefix.length), encodedForm)
  return {
    algorithm,
    /**
     * `salt`: cost and all, `$2b$12$` and 22 characters.
     *
     * @throws {TypeError} for any other, and with `bcrypt` for a password that holds U+0000, as in Django.
     */
    async encode(password, salt) {
      if (salt !== undefined && readRounds(salt, saltForm) === null) throw new TypeError('That is no salt of bcrypt.')
      if (!isDigested && password.includes('\0')) throw new TypeError('bcrypt takes no password with U+0000.')
      return await compute(password, salt ?? rounds)
    },
    async verify(password, encoded) {
      if (roundsOf(encoded) === null || !isInstalled()) return null
      const hash = await compute(password, encoded.slice(prefix.length, prefix.length + saltLength))
      return constantTimeEqual(encoded, hash) && (isDigested || !password.includes('\0'))
    },
    mustUpdate: encoded => roundsOf(encoded) !== rounds,
    async hardenRuntime(password, encoded) {
      const salt = encoded.slice(prefix.length, prefix.length + saltLength)
      for (let missing = 2 ** (rounds - (roundsOf(encoded) ?? rounds)) - 1; missing > 0; missing -= 1)
        await compute(password, salt)
    },
  }
}

function readRounds(text: string, form: RegExp): number | null {
  const rounds = Number(form.exec(text)?.[1] ?? 0)
  return rounds >= 4 && rounds <= maxRounds ? rounds : null
}

/** Threads that have nothing to do. There are as many in all as hashes were ever computed at once, which the queue of hashes bounds. */
const idle: Worker[] = []

function computeInThread(task: BcryptTask): Promise<string> {
  const worker = idle.pop() ?? startThread()
  return new Promise((resolve, reject) => {
    const end = (): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
    }
    const onMessage = (hash: string): void => {
      end()
      worker.unref()
      idle.push(worker)
      resolve(hash)
    }
    const onError = (error: Error): void => {
      end()
      reject(error)
    }
    const onExit = (code: number): void =>
      onError(new Error(`The thread that computes bcrypt ended with code ${code}.`))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.ref()
    worker.postMessage(task)
  })
}

function startThread(): Worker {
  const file = new URL(`./bcrypt-worker${extname(import.meta.filename)}`, import.meta.url)
  const worker = new Worker(file, { workerData: requireBcrypt() })
  worker.on('exit', () => {
    const index = idle.indexOf(worker)
    if (index !== -1) idle.splice(index, 1)
  })
  return worker
}
