/**
 * What a write costs when nobody collides: each connection has a session of its own.
 */
import { Visitor } from './visitor.ts'

export interface Cost {
  /** Milliseconds that a request takes. */
  readonly p50: number
  readonly p99: number
}

const connections = 4
/** Until the code of a server is compiled. */
const warmUpSeconds = 1

/** Writes for a while, and resolves how long each request took. */
async function write(origin: string, seconds: number): Promise<number[]> {
  const took: number[] = []
  const until = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const visitor = new Visitor([origin])
      await visitor.ask('/add')
      for (let turn = 0; performance.now() < until; turn += 1) {
        const started = performance.now()
        const { status } = await visitor.ask(`/set?key=n&value=${turn}`)
        took.push(performance.now() - started)
        if (status !== 200) throw new Error(`A write with no other beside it was answered ${status}.`)
      }
    }),
  )
  return took
}

export function median(values: readonly number[]): number {
  return at(values, 0.5)
}

function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}

/** The costs of some servers, measured in turn for so many rounds: the medians of the rounds, and of their ratios to the last server's. */
export async function compareCosts(
  origins: readonly string[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<{ readonly costs: readonly Cost[]; readonly ratio: number }> {
  for (const origin of origins) await write(origin, warmUpSeconds)
  const found: Cost[][] = origins.map(() => [])
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    // Each begins as often as the other: what comes first finds a cooler machine.
    const order = round % 2 === 0 ? [...origins.keys()] : [...origins.keys()].reverse()
    for (const index of order) {
      const took = await write(origins[index] as string, seconds)
      found[index]?.push({ p50: at(took, 0.5), p99: at(took, 0.99) })
    }
    ratios.push((found[0]?.at(-1)?.p50 ?? Number.NaN) / (found.at(-1)?.at(-1)?.p50 ?? Number.NaN))
  }
  const costs = found.map(list => ({
    p50: median(list.map(({ p50 }) => p50)),
    p99: median(list.map(({ p99 }) => p99)),
  }))
  return { costs, ratio: median(ratios) }
}
