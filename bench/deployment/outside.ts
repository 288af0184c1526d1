/**
 * The namespaces of a deployment, seen from the machine: made, connected by a cable, given orders, ended.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Order, Report } from './inside.ts'
import type { Promised } from './site.ts'

const programs: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  unshare: 'util-linux',
  nginx: 'nginx',
  pgbouncer: 'pgbouncer',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
}

/** Why there can be no deployment here; `null` when there can. */
export function whatIsMissing(): string | null {
  if (process.platform !== 'linux') return 'The deployment needs the network namespaces of Linux.'
  if (process.getuid?.() !== 0) return 'The deployment makes network namespaces: run it as root.'
  const isThere = (program: string): boolean => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  const missing = Object.keys(programs)
    .filter(program => !isThere(program))
    .map(program => programs[program])
  if (globSync('/usr/lib/postgresql/*/bin/initdb').length === 0) missing.push('postgresql')
  return missing.length === 0 ? null : `To run the deployment: apt-get install ${missing.join(' ')}`
}

/** No order takes as long: what does, hangs. */
const orderTimeoutMs = 120_000

export interface StartOptions {
  readonly engines: readonly string[]
  readonly workers: number
}

export class Outside {
  readonly #child: ChildProcess
  readonly #cable: string
  readonly #gone = new AbortController()
  /** By engine. */
  urls: Readonly<Record<string, string>> = {}
  faults: Readonly<Record<string, Promised>> = {}

  constructor() {
    const namespaces = ['--fork', '--kill-child', '--pid', '--mount-proc', '--mount', '--net']
    const program = ['--conditions=nuages-source', join(import.meta.dirname, 'inside.ts')]
    this.#child = spawn('unshare', [...namespaces, process.execPath, ...program], {
      detached: true, // Ctrl-C is for this process alone
      env: { ...process.env, TMPDIR: '/run/nuages' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.once('exit', () => this.#gone.abort(new Error('The deployment ended by itself.')))
    this.#cable = `nuages${this.#child.pid}`
  }

  async start(options: StartOptions): Promise<void> {
    await this.#report()
    const report = await this.#give({ order: 'start', address: this.#lay(), ...options })
    if (report.report !== 'started') return
    this.urls = report.urls
    this.faults = report.faults
  }

  async begin(fault: string): Promise<void> {
    await this.#give({ order: 'begin', fault })
  }

  async end(fault: string): Promise<void> {
    await this.#give({ order: 'end', fault })
  }

  /** Ends everything, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
    // The kernel takes the cable away a moment after the last process.
    while (ip('-brief', 'link').includes(this.#cable)) await new Promise(resolve => setTimeout(resolve, 20))
  }

  /** Lays a cable from this machine into the namespaces; returns the address of its far end. */
  #lay(): string {
    const network = freeNetwork()
    const far = ['peer', 'name', 'uplink', 'netns', String(this.#child.pid)]
    ip('link', 'add', this.#cable, 'type', 'veth', ...far)
    ip('address', 'add', `${network}.1/30`, 'dev', this.#cable)
    ip('link', 'set', this.#cable, 'up')
    return `${network}.2`
  }

  async #give(order: Order): Promise<Report> {
    this.#child.send(order)
    return await this.#report()
  }

  async #report(): Promise<Report> {
    const signal = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(orderTimeoutMs)])
    const [report] = (await once(this.#child, 'message', { signal })) as [Report]
    if (report.report === 'failed') throw new Error(report.why)
    return report
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', [...args], { encoding: 'utf8' })
}

/** Three numbers of an address that no other cable on this machine begins with. */
function freeNetwork(): string {
  const used = ip('-brief', 'address')
  for (let number = 0; number < 256; number += 1) {
    const network = `10.213.${number}`
    if (!used.includes(` ${network}.`)) return network
  }
  throw new Error('Every network of 10.213.0.0/16 is in use.')
}
