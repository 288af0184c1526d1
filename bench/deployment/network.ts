/**
 * Hosts in network namespaces, on one bridge.
 *
 * Owns `ip`. Works inside the namespaces of ./inside.ts only, and needs to clear nothing away: it goes with them.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Of the machine in front, where nginx, PgBouncer and the stores are. */
export const frontAddress = '10.77.0.1'

const bridge = 'lan'

export async function ip(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)('ip', [...args])).stdout
}

export async function createLan(): Promise<void> {
  await ip('link', 'set', 'lo', 'up')
  await ip('link', 'add', bridge, 'type', 'bridge')
  await ip('address', 'add', `${frontAddress}/24`, 'dev', bridge)
  await ip('link', 'set', bridge, 'up')
}

/** The other end of the cable to the outside has been put in: takes its address. */
export async function plugIn(address: string): Promise<void> {
  await ip('address', 'add', `${address}/30`, 'dev', 'uplink')
  await ip('link', 'set', 'uplink', 'up')
}

export class Host {
  readonly name: string
  readonly address: string

  private constructor(name: string, address: string) {
    this.name = name
    this.address = address
  }

  static async create(number: number): Promise<Host> {
    const host = new Host(`app-${number}`, `10.77.0.${10 + number}`)
    const { name } = host
    await ip('netns', 'add', name)
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await ip('link', 'set', name, 'master', bridge, 'up')
    await ip('-n', name, 'address', 'add', `${host.address}/24`, 'dev', 'eth0')
    for (const link of ['lo', 'eth0']) await ip('-n', name, 'link', 'set', link, 'up')
    return host
  }

  /** Starts a Node program there, and resolves when it prints a line that begins with `ready`. */
  async start(args: readonly string[], env: Readonly<Record<string, string>>, ready: string): Promise<void> {
    const command = ['netns', 'exec', this.name, process.execPath, '--conditions=nuages-source', ...args]
    const child = spawn('ip', command, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith(ready)) return
    }
    throw new Error(`${args.join(' ')} ended on ${this.name}.`)
  }

  /** Runs a Node program there to its end. */
  async run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    const command = ['netns', 'exec', this.name, process.execPath, '--conditions=nuages-source', ...args]
    const child: ChildProcess = spawn('ip', command, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code} on ${this.name}.`)
  }

  /** Kills one process that was started by another there: a worker. */
  async killWorker(): Promise<void> {
    const pids = await this.#pids()
    const worker = pids.find(pid => pids.includes(parentOf(pid)))
    if (worker === undefined) throw new Error(`No worker runs on ${this.name}.`)
    process.kill(worker, 'SIGKILL')
  }

  /** Ends in order all that runs there, as before a new release. Resolves when nothing runs any more. */
  async terminate(): Promise<void> {
    const pids = await this.#pids()
    for (const pid of pids.filter(pid => !pids.includes(parentOf(pid)))) process.kill(pid, 'SIGTERM')
    while ((await this.#pids()).length > 0) await delay(20)
  }

  /** As when its power fails: no process has a last word, no connection is closed. */
  async powerOff(): Promise<void> {
    await this.unplug()
    for (const pid of await this.#pids()) process.kill(pid, 'SIGKILL')
  }

  /** Pulls its cable out. */
  async unplug(): Promise<void> {
    await ip('link', 'set', this.name, 'down')
  }

  async plugIn(): Promise<void> {
    await ip('link', 'set', this.name, 'up')
  }

  async #pids(): Promise<readonly number[]> {
    return (await ip('netns', 'pids', this.name)).split('\n').filter(Boolean).map(Number)
  }
}

function parentOf(pid: number): number {
  // pid (name) state parent: the name may hold anything.
  const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return Number(parent)
}
