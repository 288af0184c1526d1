/**
 * A real S3 server of a test's own: OpenStack Swift with its S3 layer, as Debian packages it, with one disk that is a folder.
 *
 * All four of its servers are one process, s3-server.py: they start in a fraction of the time. The folder must be on a file system with
 * user attributes, which tmpfs may lack.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './outage/free-port.ts'
import { type PartUser, skipWithout } from './real-parts.ts'

const packages = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object']
/** Debian's, whatever Python comes first on the PATH. */
const python = '/usr/bin/python3'

export interface S3Server {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  /** As by kill -9; what it has stored stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** It stands still; its sockets stay open. */
  freeze(): void
  thaw(): void
  /** Bytes of the objects and parts on its disk, those that no list shows included. */
  storedBytes(): number
}

/** On free ports, empty, without buckets; it ends with the test. `null` when the test was skipped. */
export async function startS3(t: PartUser): Promise<S3Server | null> {
  if (!packages.every(name => existsSync(`/usr/bin/${name}-server`))) {
    skipWithout(t, 'An S3 server (Swift)', `apt-get install ${packages.join(' ')}`)
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'nuages-s3-'))
  const server = new SwiftServer(folder)
  const end = async (): Promise<void> => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  t.after(end)
  try {
    await server.prepare()
    return server
  } catch (error) {
    await end()
    throw error
  }
}

const parts = ['account', 'container', 'object', 'proxy'] as const

class SwiftServer implements S3Server {
  readonly region = 'us-east-1'
  readonly credentials = { accessKeyId: 'test:tester', secretAccessKey: 'a-secret-of-the-tests' }
  readonly #folder: string
  #ports: readonly number[] = []
  #child: ChildProcess | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#ports.at(-1)}`
  }

  async prepare(): Promise<void> {
    mkdirSync(join(this.#folder, 'devices/d1'), { recursive: true })
    this.#ports = await Promise.all(parts.map(() => freePort()))
    const write = (name: string, text: string): void => writeFileSync(join(this.#folder, name), text)
    write('swift.conf', swiftConf)
    for (const name of parts)
      write(
        `${name}.conf`,
        name === 'proxy' ? proxyConf(this.#folder, this.credentials) : backendConf(name, this.#folder),
      )
    await this.start()
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, 's3-server.py')
    const child = spawn(python, [program, this.#folder, ...this.#ports.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`Swift ended with ${code} before it listened.`)
    })
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => {})
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  storedBytes(): number {
    const folder = join(this.#folder, 'devices/d1/objects')
    if (!existsSync(folder)) return 0
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.data'))
      .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  }
}

const swiftConf = `[swift-hash]
swift_hash_path_suffix = tests
[swift-constraints]
[storage-policy:0]
name = one
default = yes
`

function backendConf(name: string, folder: string): string {
  return `[DEFAULT]
swift_dir = ${folder}
devices = ${folder}/devices
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
fallocate_reserve = 0
`
}

function proxyConf(folder: string, credentials: S3Server['credentials']): string {
  const [account, user] = credentials.accessKeyId.split(':')
  return `[DEFAULT]
swift_dir = ${folder}
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_${account}_${user} = ${credentials.secretAccessKey} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`
}
