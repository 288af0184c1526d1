/**
 * The store in processes of its own, as `npm start` runs it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { cheapHashers, testKey } from './open-store.ts'

const root = join(import.meta.dirname, '../..')

/** A store process. */
export interface StoreProcess {
  readonly child: ChildProcess
  readonly url: string
  /** Everything it logged so far. */
  readonly log: () => string
}

/** Starts `npm start`'s command on a free port, and resolves when it listens. It ends with the test. */
export async function startStore(t: TestContext, environment: Readonly<Record<string, string>>): Promise<StoreProcess> {
  const child = spawn(process.execPath, ['--conditions=nuages-source', join(root, 'examples/store/main.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      SECRET_KEY: testKey,
      PASSWORD_HASHERS: JSON.stringify(cheapHashers),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let log = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString()
      const found = /"url":"([^"]+)"/.exec(log)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', code => reject(new Error(`The store ended with ${code}: ${log}`)))
  })
  return { child, url, log: () => log }
}

/** Resolves when a process has ended. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once('exit', resolve)
  })
}

/** A visitor with one cookie jar over several tabs and servers: adds one piece to the cart. */
export async function addOne(url: string, cookie: string): Promise<Response> {
  return fetch(`${url}/api/shop/cart/`, {
    method: 'POST',
    headers: { Cookie: cookie, Origin: url, 'Content-Type': 'application/json' },
    body: JSON.stringify({ sku: 'MUG-FOG', quantity: 1 }),
  })
}

/** The session cookie of a visitor who has one piece in the cart. */
export async function newVisitor(url: string): Promise<string> {
  const response = await addOne(url, 'theme=none')
  return (response.headers.getSetCookie().find(text => text.startsWith('sessionid=')) ?? '').split(';')[0] as string
}

/** Pieces in the cart. */
export async function pieces(url: string, cookie: string): Promise<number> {
  const response = await fetch(`${url}/api/shop/cart/`, { headers: { Cookie: cookie } })
  return ((await response.json()) as { data: { count: number } }).data.count
}
