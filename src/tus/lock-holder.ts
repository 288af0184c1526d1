/**
 * Who holds a lock: a process, told apart from all others, and whether it still runs.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Where process ids mean the same: this machine, since it was started, in this container. */
const place = createHash('sha256')
  .update([hostname(), textOf('/proc/sys/kernel/random/boot_id'), linkOf('/proc/self/ns/pid')].join('\n'))
  .digest('hex')
  .slice(0, 16)

/** A text that names this process, when it began, and this one lock. */
export function newHolder(): string {
  return `${place} ${process.pid} ${startOf(process.pid)} ${randomBytes(8).toString('hex')}`
}

/** Whether the process of a holder runs; `null` when that cannot be told from here. */
export function isHolderAlive(holder: string): boolean | null {
  const [, itsPlace, pid, start] = /^([0-9a-f]{16}) ([0-9]{1,10}) ([0-9]{1,20}) [0-9a-f]{16}$/.exec(holder) ?? []
  if (itsPlace !== place) return null
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(Number(pid)) === start
}

/** When a process began, in ticks since the machine did: ids are used again. 0 where no one tells. */
function startOf(pid: number): string {
  const status = textOf(`/proc/${pid}/stat`)
  // The name of the program, in parentheses, may hold anything; the time is field 22, the twentieth after it.
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

/** Empty where there is no such file: not every system has /proc. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
