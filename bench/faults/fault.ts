/**
 * What a fault is, and how the ledgers of its visitors are compared with what is stored.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartUser } from '../../tests/real-parts.ts'
import { Load, type LoadOptions } from './load.ts'
import { migrate, Site, type SiteOptions } from './running-site.ts'

export interface Fault {
  readonly name: string
  /** What happens. */
  readonly what: string
  readonly promised: string
  /** `null`: a part is missing. */
  run(bench: Bench): Promise<Finding | null>
}

export interface Bench {
  readonly t: PartUser
  /** Removed afterwards. */
  readonly folder: string
  readonly visitors: number
  /** How long each part of a fault lasts: before, during, after. */
  wait(): Promise<void>
}

export interface Finding {
  readonly load: Load
  /** What was counted, besides what is counted everywhere. */
  readonly counted: string
  /** Promises that did not hold; empty when all is well. */
  readonly broken: readonly string[]
}

/** A migrated site, and visitors who are already at work. Both end with the bench. */
export async function openBench(
  bench: Bench,
  options: Omit<SiteOptions, 'folder'>,
  { fileBytes = 0 }: Pick<LoadOptions, 'fileBytes'> = {},
): Promise<{ readonly site: Site; readonly load: Load }> {
  const all = { ...options, folder: bench.folder }
  await migrate(all)
  const site = await Site.serve(all)
  bench.t.after(() => site.stop())
  const load = new Load({ port: site.port, visitors: bench.visitors, fileBytes })
  await load.start()
  bench.t.after(() => load.stop())
  await bench.wait()
  return { site, load }
}

/** Stops both, and looks for every acknowledged write on a site started anew. Resolves what is missing, and what was wrong. */
export async function settle(
  bench: Bench,
  { site, load }: { readonly site: Site; readonly load: Load },
  env: SiteOptions['env'],
): Promise<readonly string[]> {
  await load.stop()
  await site.stop()
  const fresh = await Site.serve({ folder: bench.folder, env, workers: 1 })
  bench.t.after(() => fresh.stop())
  const readFile = (name: string): Uint8Array | null => {
    try {
      return readFileSync(join(env.MEDIA_ROOT ?? '', name))
    } catch {
      return null
    }
  }
  const missing: string[] = []
  for (const visitor of load.visitors) missing.push(...(await visitor.missing(fresh.port, readFile)))
  await fresh.stop()
  const hung = load.count('hung')
  return [
    ...load.faults,
    ...missing.map(what => `missing: ${what}`),
    ...(hung > 0 ? [`${hung} were never answered`] : []),
  ]
}

/** A line for each promise that did not hold. */
export function unkept(promises: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(promises).flatMap(([promise, holds]) => (holds ? [] : [promise]))
}
