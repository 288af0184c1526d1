/** What axe-core has against a page. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface AxeOptions {
  /** Only these. Default: all of WCAG 2.2 A and AA, and its best practices. */
  readonly rules?: readonly string[]
  /** The part of the page that is left out, as a selector. */
  readonly exclude?: string
}

/** Lines of the page, the rule and where. */
export async function violations(page: Page, { rules, exclude }: AxeOptions = {}): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe)
  const context = { include: ['html'], ...(exclude !== undefined && { exclude: [exclude] }) }
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) }
  const run = `axe.run(${JSON.stringify(context)}, ${JSON.stringify(options)})`
  const { violations: found } = (await page.evaluate(run)) as AxeResults
  return found.flatMap(({ id, nodes }) => nodes.map(node => `${page.url()} ${id} ${node.html}`))
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}
