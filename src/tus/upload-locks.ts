/**
 * One request at a time for one upload, whichever process it comes to.
 *
 * Owns taking turns: whoever comes later asks the one before to stop, since that is mostly a connection that broke without anybody hearing of it.
 * A process that was killed holds nothing. Leaves knowing who runs to ./lock-holder.ts.
 */
import { readFileSync, statSync, unlinkSync } from 'node:fs'
import { access, link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFileLock } from '../db/index.ts'
import { UploadLocked, UploadNotFound } from './errors.ts'
import { isHolderAlive, newHolder } from './lock-holder.ts'

/** Who holds a lock looks so often whether somebody else asks for it, and shows that it lives, in milliseconds. */
const tickMs = 500
/** Who waits for another process looks so often, in milliseconds. */
const pauseMs = 50
/** A holder of another machine that has not shown itself for so long is gone, in milliseconds. */
const foreignMs = 60_000

export interface UploadLock {
  /** Aborted when somebody else asks for the upload. */
  readonly stop: AbortSignal
  release(): Promise<void>
}

interface Held {
  readonly controller: AbortController
  readonly released: Promise<void>
}

/** The locks of the uploads in one folder. */
export class UploadLocks {
  readonly #guard: string
  readonly #held = new Map<string, Held>()

  /** `guard`: the path of an empty file for the moments in which what a dead process has left is cleared. */
  constructor(guard: string) {
    this.#guard = guard
  }

  /**
   * The lock of the upload that has this folder. Asks who holds it to stop.
   *
   * @throws {UploadLocked} with status 423 when it was not to be had in `waitMs`; {UploadNotFound} when there is no such folder.
   */
  async acquire(folder: string, waitMs: number): Promise<UploadLock> {
    const deadline = performance.now() + waitMs
    for (let before = this.#held.get(folder); before !== undefined; before = this.#held.get(folder)) {
      before.controller.abort()
      const left = deadline - performance.now()
      if (left <= 0) throw new UploadLocked()
      await Promise.race([before.released, sleep(left, undefined, { ref: false })])
    }
    const { promise: released, resolve } = Promise.withResolvers<void>()
    const controller = new AbortController()
    this.#held.set(folder, { controller, released })
    const free = (): void => {
      this.#held.delete(folder)
      resolve()
    }
    try {
      await this.#claim(folder, deadline)
    } catch (error) {
      free()
      throw error
    }
    const timer = setInterval(() => tick(folder, controller), tickMs).unref()
    return {
      stop: controller.signal,
      release: async () => {
        clearInterval(timer)
        await rm(lockOf(folder), { force: true }).finally(free)
      },
    }
  }

  /** Among the processes: a file that can be made once, with its holder in it from the first moment. */
  async #claim(folder: string, deadline: number): Promise<void> {
    const holder = newHolder()
    const own = join(folder, `.${holder.slice(-16)}`)
    try {
      await writeFile(own, holder, { flag: 'wx', mode: 0o600 }).catch(throwMissing)
      while (!(await isLinked(own, lockOf(folder)))) {
        if (!(await this.#clear(folder))) {
          if (performance.now() >= deadline) throw new UploadLocked()
          await writeFile(stopOf(folder), '', { mode: 0o600 }).catch(throwMissing)
          await sleep(pauseMs)
        }
      }
      await rm(stopOf(folder), { force: true })
    } finally {
      await rm(own, { force: true })
    }
  }

  /** Removes the lock of a process that is gone: one does so at a time, and looks again before. False while the holder lives. */
  async #clear(folder: string): Promise<boolean> {
    const path = lockOf(folder)
    const holder = await readFile(path, 'utf8').catch(() => null)
    if (holder === null) return true
    if (!(await isGone(path, holder))) return false
    const guard = openFileLock(this.#guard)
    try {
      await guard.run(() => {
        try {
          if (readFileSync(path, 'utf8') === holder && isGoneSync(path, holder)) unlinkSync(path)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        }
      })
    } finally {
      guard.close()
    }
    return true
  }
}

function lockOf(folder: string): string {
  return join(folder, 'lock')
}

function stopOf(folder: string): string {
  return join(folder, 'stop')
}

async function isLinked(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    return throwMissing(error)
  }
}

/** The folder of the upload is gone: somebody has finished or ended it. */
function throwMissing(error: unknown): never {
  throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new UploadNotFound() : error
}

async function isGone(path: string, holder: string): Promise<boolean> {
  const isAlive = isHolderAlive(holder)
  if (isAlive !== null) return !isAlive
  const seen = await stat(path).catch(() => null)
  return seen === null || Date.now() - seen.mtimeMs > foreignMs
}

function isGoneSync(path: string, holder: string): boolean {
  const isAlive = isHolderAlive(holder)
  return isAlive === null ? Date.now() - statSync(path).mtimeMs > foreignMs : !isAlive
}

/** Shows that the holder lives, and looks whether somebody asks for the lock. */
function tick(folder: string, controller: AbortController): void {
  const now = new Date()
  // Where the lock is gone, so is the upload: whoever works on it finds out by itself.
  utimes(lockOf(folder), now, now).catch(() => {})
  access(stopOf(folder)).then(
    () => controller.abort(),
    () => {},
  )
}
