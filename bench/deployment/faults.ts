/**
 * Lets the parts of a deployment fail one after another, under load, and counts what became of what was answered.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { publish } from '../publish.ts'
import { Member } from './member.ts'
import type { Outside } from './outside.ts'
import type { Promised } from './site.ts'

const membersOfEach = 16

/** How long a site may take to be well, in seconds: when it is new, and after a fault. */
const newPatience = 30
const wellPatience = 5

interface Count {
  readonly engine: string
  readonly answered: number
  /** How many of each status. */
  readonly refused: readonly string[]
  /** Answered with success, and not there afterwards. */
  readonly missing: number
  /** Longest time without any success, in seconds. */
  readonly gapSeconds: number
}

interface Suffered extends Count {
  /** From the repair until each member was answered again. Infinite when that took too long. */
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
    if (!(await this.recover(newPatience)))
      throw new Error(`The site with sessions in ${this.#engine} does not answer.`)
    for (const member of this.#members) member.forget()
    this.#gapMs = 0
  }

  async #go(member: Member): Promise<void> {
    while (!this.#isOver) {
      if (await member.add()) this.#endGap()
      else await sleep(50)
      await sleep(5)
    }
  }

  #endGap(): void {
    const now = performance.now()
    this.#gapMs = Math.max(this.#gapMs, now - this.#lastSuccess)
    this.#lastSuccess = now
  }

  /** Resolves true when each member has had a success that was asked for after now, false after so many seconds. */
  async recover(patience: number): Promise<boolean> {
    const before = this.#members.map(({ answered }) => answered)
    const until = performance.now() + patience * 1000
    while (this.#members.some(({ answered }, index) => answered <= (before[index] as number) + 1)) {
      if (performance.now() > until) return false
      await sleep(20)
    }
    return true
  }

  async stop(): Promise<Count> {
    this.#isOver = true
    this.#endGap()
    await this.#work
    const missing = await Promise.all(this.#members.map(member => member.missing()))
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
    return {
      engine: this.#engine,
      answered: sum(this.#members.map(({ answered }) => answered)),
      refused: this.#members.flatMap(({ refusals }) => refusals),
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
      const isWell = await crowd.recover(wellPatience)
      return isWell ? (performance.now() - repaired) / 1000 : Number.POSITIVE_INFINITY
    }),
  )
  return await Promise.all(
    crowds.map(async (crowd, index) => ({ ...(await crowd.stop()), wellAfterSeconds: recovered[index] as number })),
  )
}

/** The promises that a fault of so many seconds broke on a site. */
function brokenBy(
  suffered: Suffered,
  { gapSeconds, takesDown, mayRefuse }: Promised,
  seconds: number,
): readonly string[] {
  const { engine, refused, missing, wellAfterSeconds } = suffered
  const longestGap = takesDown.includes(engine) ? seconds + wellPatience : gapSeconds
  const broken: string[] = []
  if (missing > 0) broken.push(`${missing} of what was answered is missing`)
  if (!mayRefuse && refused.length > 0) broken.push('a request was refused')
  if (suffered.gapSeconds > longestGap) broken.push(`there was no answer for more than ${longestGap} s`)
  if (wellAfterSeconds > wellPatience) broken.push(`not all was well ${wellPatience} s after the repair`)
  return broken
}

export interface ProvokeOptions {
  /** How long each fault lasts. */
  readonly seconds: number
  /** Part of the names of those that are wanted. */
  readonly only: string
  /** Whether the table goes into the docs. */
  readonly write: boolean
}

/** Lets each fault last so long, and prints a table. Resolves 1 when a promise did not hold, else 0. */
export async function provoke(outside: Outside, { seconds, only, write }: ProvokeOptions): Promise<number> {
  const faults = Object.entries(outside.faults).filter(([name]) => name.includes(only))
  const lines = titles.map(cells => `| ${cells.join(' | ')} |`)
  for (const line of lines) console.log(line)
  let isBroken = faults.length === 0
  for (const [fault, promised] of faults) {
    for (const suffered of await suffer(outside, fault, seconds)) {
      const { engine, answered, refused, missing, gapSeconds, wellAfterSeconds } = suffered
      const times = [gapSeconds, wellAfterSeconds].map(time => time.toFixed(1))
      lines.push(`| ${[fault, engine, answered, countEach(refused), missing, ...times].join(' | ')} |`)
      console.log(lines.at(-1))
      const broken = brokenBy(suffered, promised, seconds)
      for (const line of broken) console.error(`    BROKEN ${line}`)
      isBroken ||= broken.length > 0
    }
  }
  if (write && only === '') publish(join(import.meta.dirname, '../../docs/scaling.md'), 'deployment', lines.join('\n'))
  else if (write) console.error('Not written: only a run of all faults is.')
  return isBroken ? 1 : 0
}
