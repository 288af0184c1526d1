/**
 * A process, told apart from all others, and whether it still runs: for what a killed server leaves on a disk.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names a process for good: its id alone is used again. */
export interface ProcessIdentity {
  /** Where process ids mean the same: this machine, since it was started, in this container. 16 hexadecimal digits. */
  readonly place: string
  readonly pid: number
  /** When it began, in ticks since the machine did; `0` where no one tells. */
  readonly start: string
}

export const thisProcess: ProcessIdentity = {
  place: createHash('sha256')
    .update([hostname(), textOf('/proc/sys/kernel/random/boot_id'), linkOf('/proc/self/ns/pid')].join('\n'))
    .digest('hex')
    .slice(0, 16),
  pid: process.pid,
  start: startOf(process.pid),
}

/** Whether a process runs; `null` when that cannot be told from here. */
export function isProcessAlive({ place, pid, start }: ProcessIdentity): boolean | null {
  if (place !== thisProcess.place) return null
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(pid) === start
}

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
