/** Numbers out of many samples. */

/** The sample below which `share` of them lie; `samples` in any order. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

export function longest(samples: readonly number[]): number {
  let most = 0
  for (const sample of samples) if (sample > most) most = sample
  return most
}
