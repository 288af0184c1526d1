import { execFileSync } from 'node:child_process'
import { type PartUser, skipWithout } from './real-parts.ts'

/** Runs `body` while a small disk of its own, in memory, is at the path of an empty folder; skips the test where none can be mounted. */
export async function withSmallDisk(
  t: PartUser,
  path: string,
  body: () => Promise<void>,
  { size = '1m' }: { readonly size?: string } = {},
): Promise<void> {
  try {
    const options = `size=${size},nr_inodes=40,mode=700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    skipWithout(t, 'A disk to fill', 'run it as root on Linux, where file systems can be mounted')
    return
  }
  try {
    await body()
  } finally {
    execFileSync('umount', ['-l', path])
  }
}

/** Makes it larger. */
export function growSmallDisk(path: string, size: string): void {
  execFileSync('mount', ['-o', `remount,size=${size}`, path], { stdio: 'ignore' })
}
