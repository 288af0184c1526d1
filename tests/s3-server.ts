/**
 * A real S3 server of a test's own: OpenStack Swift with its S3 layer, as Debian packages it, with one disk that is a folder.
 *
 * Four processes. The folder must be on a file system with user attributes, which tmpfs may lack.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './outage/free-port.ts'
import { type PartUser, skipWithout } from './real-parts.ts'

const packages = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object']
/** Debian's, whatever Python comes first on the PATH. */
const python = '/usr/bin/python3'
const startMs = 20_000

export interface S3Server {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  /** The door only, as when its host is lost; what it has stored stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** It stands still; its sockets stay open. */
  freeze(): void
  thaw(): void
}

/** On free ports, empty, without buckets; it ends with the test. `null` when the test was skipped. */
export async function startS3(t: PartUser): Promise<S3Server | null> {
  if (!packages.every(name => existsSync(`/usr/bin/${name}-server`))) {
    skipWithout(t, 'An S3 server (Swift)', `apt-get install ${packages.join(' ')}`)
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'nuages-s3-'))
  const server = new SwiftServer(folder)
  t.after(async () => {
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.prepare()
  return server
}

const backends = ['account', 'container', 'object'] as const

class SwiftServer implements S3Server {
  readonly region = 'us-east-1'
  readonly credentials = { accessKeyId: 'test:tester', secretAccessKey: 'a-secret-of-the-tests' }
  readonly #folder: string
  #port = 0
  #proxy: ChildProcess | null = null
  readonly #backends: ChildProcess[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async prepare(): Promise<void> {
    mkdirSync(join(this.#folder, 'devices/d1'), { recursive: true })
    const ports = await Promise.all(backends.map(() => freePort()))
    this.#port = await freePort()
    const write = (name: string, text: string): void => writeFileSync(join(this.#folder, name), text)
    write('swift.conf', swiftConf)
    for (const [index, name] of backends.entries())
      write(`${name}.conf`, backendConf(name, ports[index] as number, this.#folder))
    write('proxy.conf', proxyConf(this.#port, this.#folder, this.credentials))
    await promisify(execFile)(python, ['-c', ringsScript, this.#folder, ...ports.map(String)])
    for (const name of backends) this.#backends.push(this.#spawn(name))
    await Promise.all([...ports.map(listens), this.start()])
  }

  async start(): Promise<void> {
    this.#proxy = this.#spawn('proxy')
    await listens(this.#port)
  }

  #spawn(name: string): ChildProcess {
    const args = [`/usr/bin/swift-${name}-server`, join(this.#folder, `${name}.conf`)]
    return spawn(python, args, { stdio: process.env.S3_SERVER_LOG ? 'inherit' : 'ignore' })
  }

  async stop(): Promise<void> {
    if (this.#proxy !== null) await kill(this.#proxy)
    this.#proxy = null
  }

  freeze(): void {
    this.#proxy?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#proxy?.kill('SIGCONT')
  }

  async end(): Promise<void> {
    await this.stop()
    await Promise.all(this.#backends.map(kill))
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function listens(port: number): Promise<void> {
  for (const end = Date.now() + startMs; ; ) {
    const socket = createConnection(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await delay(50)
    } finally {
      socket.destroy()
    }
  }
}

const swiftConf = `[swift-hash]
swift_hash_path_suffix = tests
[swift-constraints]
[storage-policy:0]
name = one
default = yes
`

function backendConf(name: string, port: number, folder: string): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
swift_dir = ${folder}
devices = ${folder}/devices
mount_check = false
disable_fallocate = true
user = root
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
fallocate_reserve = 0
`
}

function proxyConf(port: number, folder: string, credentials: S3Server['credentials']): string {
  const [account, user] = credentials.accessKeyId.split(':')
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
swift_dir = ${folder}
user = root
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

/** One partition table for each kind, one copy of everything. */
const ringsScript = `
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for name, port in zip(['account', 'container', 'object'], ports):
    ring = RingBuilder(2, 1, 0)
    ring.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'weight': 1,
                  'replication_ip': '127.0.0.1', 'replication_port': int(port), 'meta': ''})
    ring.rebalance()
    ring.get_ring().save('%s/%s.ring.gz' % (folder, name))
`
