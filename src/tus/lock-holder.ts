/**
 * Who holds a lock: a process, and this one lock of it.
 */
import { randomBytes } from 'node:crypto'
import { isProcessAlive, thisProcess } from '../kit/index.ts'

/** A text that names this process, and this one lock. */
export function newHolder(): string {
  const { place, pid, start } = thisProcess
  return `${place} ${pid} ${start} ${randomBytes(8).toString('hex')}`
}

/** Whether the process of a holder runs; `null` when that cannot be told from here. */
export function isHolderAlive(holder: string): boolean | null {
  const [, place = '', pid, start = ''] = /^([0-9a-f]{16}) ([0-9]{1,10}) ([0-9]{1,20}) [0-9a-f]{16}$/.exec(holder) ?? []
  return isProcessAlive({ place, pid: Number(pid), start })
}
