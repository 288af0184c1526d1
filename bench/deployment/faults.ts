/**
 * Lets the parts of a deployment fail one after another, under load, and counts what became of what was answered.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { publish } from '../publish.ts'
import { Member } from './member.ts'
import type { Outside } from './outside.ts'

const membersOfEach = 16

interface Count {
  readonly engine: string
  readonly answered: number
  /** How many of each status. */
  readonly refused: string
  /** Answered with success, and not there afterwards. */
  readonly missing: number
  /** Longest time without any success, in seconds. */
  readonly gapSeconds: number
}

interface Suffered extends Count {
  /** From the repair until each member was answered again. */
  readonly wellAfterSeconds: number
}

/** The members of one site, who go on until they are told to stop. */
class Crowd {
  readonly #engine: string
  readonly #members: readonly Member[]
  #isOver = false
  #lastSuccess = performance.now()
  #gapMs = 0
  #work: Promise<unknown> = Promise.resolve()

  constructor(engine: string, url: string) {
    this.#engine = engine
    this.#members = Array.from({ length: membersOfEach }, () => new Member(url))
  }

  /** Counts from when each member has been answered: workers that have just started are slow. */
  async start(): Promise<void> {
    this.#work = Promise.all(this.#members.map(member => this.#go(member)))
    await this.recover()
    for (const member of this.#members) member.forget()
    this.#gapMs = 0
  }

  async #go(member: Member): Promise<void> {
    while (!this.#isOver) {
      if (await member.add()) this.#note()
      else await sleep(50)
      await sleep(5)
    }
  }

  #note(): void {
    const now = performance.now()
    this.#gapMs = Math.max(this.#gapMs, now - this.#lastSuccess)
    this.#lastSuccess = now
  }

  /** Resolves when each member has had a success that was asked for after now. */
  async recover(): Promise<void> {
    const before = this.#members.map(({ answered }) => answered)
    while (this.#members.some(({ answered }, index) => answered <= (before[index] as number) + 1)) await sleep(20)
  }

  async stop(): Promise<Count> {
    this.#isOver = true
    await this.#work
    const missing = await Promise.all(this.#members.map(member => member.missing()))
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
    return {
      engine: this.#engine,
      answered: sum(this.#members.map(({ answered }) => answered)),
      refused: countEach(this.#members.flatMap(({ refusals }) => refusals)),
      missing: sum(missing),
      gapSeconds: this.#gapMs / 1000,
    }
  }
}

/** `0`, or `5: 3 of 502, 2 of 503`. */
function countEach(statuses: readonly string[]): string {
  const each = Object.entries(Object.groupBy(statuses, status => status))
  const parts = each.map(([status, all]) => `${all?.length} of ${status}`)
  return parts.length === 0 ? '0' : `${statuses.length}: ${parts.join(', ')}`
}

const titles = [
  ['fault', 'sessions in', 'answered', 'refused', 'missing', 'longest without an answer, s', 'all well after, s'],
  ['---', '---', '---:', '---:', '---:', '---:', '---:'],
]

/** What a fault of so many seconds did to each site. */
async function suffer(outside: Outside, fault: string, seconds: number): Promise<readonly Suffered[]> {
  const crowds = Object.entries(outside.urls).map(([engine, url]) => new Crowd(engine, url))
  await Promise.all(crowds.map(crowd => crowd.start()))
  await sleep(1000)
  await outside.begin(fault)
  await sleep(seconds * 1000)
  await outside.end(fault)
  const repaired = performance.now()
  const recovered = await Promise.all(
    crowds.map(async crowd => {
      await crowd.recover()
      return (performance.now() - repaired) / 1000
    }),
  )
  return await Promise.all(
    crowds.map(async (crowd, index) => ({ ...(await crowd.stop()), wellAfterSeconds: recovered[index] as number })),
  )
}

export interface ProvokeOptions {
  /** How long each fault lasts. */
  readonly seconds: number
  /** Part of the names of those that are wanted. */
  readonly only: string
  /** Whether the table goes into the docs. */
  readonly write: boolean
}

/** Lets each fault last so long, and prints a table. Resolves 1 when something that was answered is missing, else 0. */
export async function provoke(outside: Outside, { seconds, only, write }: ProvokeOptions): Promise<number> {
  const lines = titles.map(cells => `| ${cells.join(' | ')} |`)
  for (const line of lines) console.log(line)
  let missing = 0
  for (const fault of outside.faults.filter(name => name.includes(only))) {
    for (const { engine, answered, refused, gapSeconds, wellAfterSeconds, ...one } of await suffer(
      outside,
      fault,
      seconds,
    )) {
      missing += one.missing
      const cells = [fault, engine, answered, refused, one.missing, gapSeconds.toFixed(1), wellAfterSeconds.toFixed(1)]
      lines.push(`| ${cells.join(' | ')} |`)
      console.log(lines.at(-1))
    }
  }
  if (write) publish(join(import.meta.dirname, '../../docs/scaling.md'), 'deployment', lines.join('\n'))
  return missing === 0 ? 0 : 1
}
