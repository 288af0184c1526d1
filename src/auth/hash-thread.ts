/**
 * A thread that computes password hashes, one after the other, for ./hash-threads.ts.
 *
 * Imports nothing of the package, so that it runs under whatever flags the process was started with, and no function by name, so that a runtime
 * without Argon2 computes the others.
 */
import crypto, { type Argon2Algorithm, type Argon2Parameters, type ScryptOptions } from 'node:crypto'
import { createRequire } from 'node:module'
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'

/** What can be computed, and of what. */
export interface HashTasks {
  readonly argon2: { readonly variety: Argon2Algorithm; readonly parameters: Argon2Parameters }
  readonly pbkdf2: {
    readonly password: string
    readonly salt: string
    readonly iterations: number
    readonly hashBytes: number
    readonly digest: string
  }
  readonly scrypt: {
    readonly password: string
    readonly salt: string
    readonly hashBytes: number
    readonly options: ScryptOptions
  }
  /** `file`: of the package `bcryptjs`. `salt`: `$2b$12$` and 22 characters; a number: a new one of this cost. The hash is text. */
  readonly bcrypt: { readonly file: string; readonly password: string; readonly salt: string | number }
}

/** What the thread answers. */
export type HashAnswer = { readonly hash: Uint8Array } | { readonly error: unknown }

const compute: { readonly [Name in keyof HashTasks]: (task: HashTasks[Name]) => Uint8Array } = {
  argon2: ({ variety, parameters }) => crypto.argon2Sync(variety, parameters),
  pbkdf2: ({ password, salt, iterations, hashBytes, digest }) =>
    crypto.pbkdf2Sync(password, salt, iterations, hashBytes, digest),
  scrypt: ({ password, salt, hashBytes, options }) => crypto.scryptSync(password, salt, hashBytes, options),
  bcrypt({ file, password, salt }) {
    const { hashSync } = createRequire(import.meta.url)(file) as {
      hashSync(password: string, salt: string | number): string
    }
    return Buffer.from(hashSync(password, salt), 'latin1')
  },
}

/** Of the nice values, 0 to 19. Threads of the usual priority get the processor first; this one has what they leave, and a tenth at least. */
const lowPriority = 10

/** On Linux the call is about the thread alone; elsewhere it would slow down the whole process. */
function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, lowPriority)
  } catch (error) {
    process.emitWarning(error as Error) // a sandbox may forbid it
  }
}

function answer<Name extends keyof HashTasks>(name: Name, task: HashTasks[Name]): HashAnswer {
  try {
    return { hash: compute[name](task) }
  } catch (error) {
    return { error }
  }
}

stepBack()
parentPort?.on('message', ({ name, task }) => parentPort?.postMessage(answer(name, task)))
