/**
 * What happens to a session when requests overlap: the same for every package.
 *
 * Owns what counts. A write that was answered with success is *kept* when it is found afterwards, else *lost*. One that was refused (400 or 409)
 * is a *conflict*: whoever sent it knows. A session that was logged out, or left for a new key at login, and has data again under its old cookie,
 * is *revived*.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, Visitor } from './visitor.ts'

export interface Tally {
  kept: number
  lost: number
  revived: number
  conflicts: number
}

/** What a scenario needs of the run. */
export interface Race {
  /** Of the servers of one site. */
  readonly origins: readonly string[]
  /** A number from 0 to below 1, by the seed. */
  readonly random: () => number
  /** How many requests there are at once. */
  readonly parallel: number
  /** How often the scenarios of two requests are repeated. */
  readonly repeats: number
}

export interface Scenario {
  readonly run: (race: Race) => Promise<Tally>
  /** How many requests a server that keeps its promises may refuse. Default: none. */
  readonly mayRefuse?: (race: Race) => number
}

type Run = Scenario['run']

const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300
const isRefused = ({ status }: Answer): boolean => status === 400 || status === 409
const none = (): Tally => ({ kept: 0, lost: 0, revived: 0, conflicts: 0 })
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

async function dataOf(visitor: Visitor, cookies?: string): Promise<Record<string, unknown>> {
  return JSON.parse((await visitor.ask('/all', cookies)).body) ?? {}
}

async function newVisitor({ origins }: Race): Promise<Visitor> {
  const visitor = new Visitor(origins)
  await visitor.ask('/add')
  return visitor
}

/** Writes, and what of them is found afterwards. */
function count(answers: readonly Answer[], isKept: (index: number) => boolean): Tally {
  const tally = none()
  for (const [index, answer] of answers.entries()) {
    if (isRefused(answer)) tally.conflicts += 1
    else if (isDone(answer) && isKept(index)) tally.kept += 1
    else tally.lost += 1
  }
  return tally
}

async function repeat(race: Race, once: () => Promise<Tally>): Promise<Tally> {
  const sum = none()
  for (const tally of await Promise.all(times(race.repeats, once))) add(sum, tally)
  return sum
}

export function add(sum: Tally, tally: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name]
}

const delay = (race: Race, most: number): string => `delay=${1 + Math.floor(race.random() * most)}`

const ownKeys: Run = async race => {
  const visitor = await newVisitor(race)
  const { cookies } = visitor
  const answers = await Promise.all(
    times(race.parallel, index => visitor.ask(`/set?key=k${index}&${delay(race, 20)}`, cookies)),
  )
  const data = await dataOf(visitor, cookies)
  return count(answers, index => `k${index}` in data)
}

const oneCounter: Run = async race => {
  const visitor = await newVisitor(race)
  const { cookies } = visitor
  const answers = await Promise.all(times(race.parallel, () => visitor.ask(`/add?${delay(race, 20)}`, cookies)))
  const counted = Number((await dataOf(visitor, cookies)).n ?? 0) - 1
  return count(answers, index => index < counted)
}

const slowReader: Run = race =>
  repeat(race, async () => {
    const visitor = await newVisitor(race)
    const { cookies } = visitor
    const reading = visitor.ask('/read?delay=60', cookies)
    await sleep(20)
    const written = await visitor.ask('/set?key=k0', cookies)
    await reading
    const data = await dataOf(visitor, cookies)
    return count([written], () => 'k0' in data)
  })

const slowWriterOverLogout: Run = race =>
  repeat(race, async () => {
    const visitor = await newVisitor(race)
    const { cookies } = visitor
    let isFirst = false
    const writing = visitor.ask('/set?key=late&delay=60', cookies)
    void writing.then(() => {
      isFirst = true
    })
    await sleep(20)
    await visitor.ask('/logout', cookies)
    // On a busy machine the write may come first: then it was kept until the logout.
    const isOvertaken = !isFirst
    const late = await writing
    const isRevived = Object.keys(await dataOf(visitor, cookies)).length > 0
    const tally = isOvertaken ? count([late], () => isRevived) : none()
    return { ...tally, revived: isRevived ? 1 : 0, kept: 0 }
  })

/**
 * Writers with the cookie from before a login. Their writes must be in the session that it began. The login is a write, too: it is lost when
 * the browser does not end with its cookie.
 */
const login: Run = async race => {
  const visitor = await newVisitor(race)
  const { cookies } = visitor
  const writers = times(race.parallel, async index => {
    await sleep(race.random() * 200)
    return visitor.ask(`/set?key=k${index}&${delay(race, 30)}`, cookies)
  })
  await sleep(100)
  const begun = await visitor.ask('/login', cookies)
  const answers = await Promise.all(writers)
  const tally = none()
  const isLoggedIn = (await dataOf(visitor)).user === 'ada'
  add(
    tally,
    count([begun], () => isLoggedIn),
  )
  const data = await dataOf(visitor, begun.cookies.at(-1))
  add(
    tally,
    count(answers, index => `k${index}` in data),
  )
  if (Object.keys(await dataOf(visitor, cookies)).length > 0) tally.revived += 1
  return tally
}

const twoTabs: Run = race =>
  repeat(race, async () => {
    const tally = none()
    for (const keys of [
      ['a', 'b'],
      ['a', 'a'],
    ]) {
      const visitor = await newVisitor(race)
      const { cookies } = visitor
      await visitor.ask('/lists', cookies)
      const answers = await Promise.all(keys.map(key => visitor.ask(`/push?key=${key}&delay=30`, cookies)))
      const data = (await dataOf(visitor, cookies)) as Record<string, unknown[]>
      let found = (data.a?.length ?? 0) + (data.b?.length ?? 0)
      add(
        tally,
        count(answers, () => found-- > 0),
      )
    }
    return tally
  })

export const scenarios: Readonly<Record<string, Scenario>> = {
  'own keys': { run: ownKeys },
  'one counter': { run: oneCounter },
  'slow reader': { run: slowReader },
  logout: { run: slowWriterOverLogout, mayRefuse: ({ repeats }) => repeats },
  login: { run: login, mayRefuse: ({ parallel }) => parallel },
  // Of the same key, one of two.
  'two tabs': { run: twoTabs, mayRefuse: ({ repeats }) => repeats },
}
