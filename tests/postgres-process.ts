/**
 * What processes of PostgreSQL and its like need: whom they may run as, and how to see that they are there.
 */
import { execFileSync } from 'node:child_process'
import pg from 'pg'

/** For `spawn`, where they refuse to run as root: as this user of the system. */
export function runAs(user: string): { readonly uid?: number; readonly gid?: number } {
  return process.getuid?.() === 0 ? { uid: idOf('-u', user), gid: idOf('-g', user) } : {}
}

function idOf(flag: '-u' | '-g', user: string): number {
  try {
    return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  } catch {
    return 0 // nobody to run it as: the program says so
  }
}

/** True when a client can log in. */
export async function takesLogins(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
