/**
 * Process 1 of namespaces of its own. When it ends, for whatever reason, the kernel ends all that it started, and with them go their network and
 * their files, which are in memory only.
 *
 * Obeys the process outside, over the channel of `child_process.fork`, and ends when that one does.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createLan, plugIn } from './network.ts'
import { Deployment, type DeploymentOptions, type Promised } from './site.ts'

export type Order =
  | ({ readonly order: 'start' } & DeploymentOptions)
  | { readonly order: 'begin' | 'end'; readonly fault: string }

/** What comes back for an order; the first one comes unasked, when the network is there. */
export type Report =
  | { readonly report: 'done' }
  | {
      readonly report: 'started'
      readonly urls: Readonly<Record<string, string>>
      readonly faults: Readonly<Record<string, Promised>>
    }
  | { readonly report: 'failed'; readonly why: string }

let deployment: Deployment | null = null

async function obey(order: Order): Promise<Report> {
  if (order.order === 'start') {
    await plugIn(order.address)
    deployment = await Deployment.start(order)
    const faults = Object.fromEntries(Object.entries(deployment.faults).map(([name, { promised }]) => [name, promised]))
    return { report: 'started', urls: deployment.urls, faults }
  }
  await deployment?.faults[order.fault]?.[order.order]()
  return { report: 'done' }
}

const tell = (report: Report): void => void process.send?.(report)

process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => {
  obey(order).then(tell, error => tell({ report: 'failed', why: error instanceof Error ? String(error.stack) : error }))
})
// Named namespaces are kept below /run, temporary files below TMPDIR, which is there too.
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
mkdirSync(tmpdir(), { recursive: true })
chmodSync(tmpdir(), 0o1777)
await createLan()
tell({ report: 'done' })
