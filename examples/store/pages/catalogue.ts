/** The front page: all products, or those that a search found. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { type Say, texts } from '../texts.ts'
import { type Frame, layout } from './layout.ts'
import { markup } from './markup.ts'
import { type ProductCard, productCard, recentStrip } from './product.ts'

export interface CataloguePage {
  readonly items: readonly ProductCard[]
  /** Products in all, on every page. */
  readonly total: number
  /** From 1 to `pages`. */
  readonly page: number
  /** At least 1. */
  readonly pages: number
  /** What was searched for; empty: everything. */
  readonly q: string
  /** Newest first. */
  readonly recentlyViewed: readonly ProductCard[]
}

export function cataloguePage(frame: Frame, view: CataloguePage): SafeHtml {
  const { items, page, pages, q, recentlyViewed } = view
  const t = texts(frame)
  const front = q === '' && page === 1
  const title = q === '' ? t('Things for all weathers') : t('Search: {words}', { words: q })
  const body = html`${front ? welcome(t) : html`<h1>${q === '' ? t('All products') : html`${t('Found for')} <q>${q}</q>`}</h1>`}
${items.length > 0 ? html`<p class="hint">${foundText(t, view)}</p>` : null}
${
  items.length > 0
    ? html`<ul class="grid">${items.map((product, index) => productCard(frame, product, index))}</ul>`
    : html`<div class="empty"><p>${markup(frame, 'Nothing here is called that. Try a shorter word, or {link}.', { link: html`<a href="/">${t('look at everything')}</a>` })}</p></div>`
}
${pagination(t, view)}
${recentStrip(frame, recentlyViewed)}`
  return layout(frame, {
    title: page === 1 ? title : t('{one}, {two}', { one: title, two: t('page {page} of {pages}', { page, pages }) }),
    body,
    searchText: q,
  })
}

const welcome = (t: Say): SafeHtml => html`<div class="welcome">
<svg viewBox="0 0 420 180" width="420" height="180" aria-hidden="true"><circle class="sun" cx="318" cy="76" r="44"/><path class="cloud far" d="M24 96a19 19 0 0 1-1-38 27 27 0 0 1 50-7 23 23 0 0 1 14 45z"/><path class="cloud far" d="M346 70a14 14 0 0 1-1-28 20 20 0 0 1 37-5 17 17 0 0 1 10 33z"/><path class="cloud" d="M186 158a36 36 0 0 1-2-72 51 51 0 0 1 95-13 43 43 0 0 1 26 85z"/></svg>
<div><h1>${t('Things for all weathers')}</h1><p>${t('Tea, light, paper and instruments, for people who look up.')}</p></div>
</div>`

function foundText(t: Say, { total, page, pages }: CataloguePage): string {
  const products = total === 1 ? t('1 product') : t('{count} products', { count: total })
  return pages > 1 ? t('{one}, {two}', { one: products, two: t('page {page} of {pages}', { page, pages }) }) : products
}

/** The page numbers to link: first, last, this one and its neighbours; `null` where some are left out. */
export function pageNumbers(page: number, pages: number): (number | null)[] {
  const wanted = [1, page - 1, page, page + 1, pages].filter(number => number >= 1 && number <= pages)
  const numbers: (number | null)[] = []
  let last = 0
  for (const number of [...new Set(wanted)].sort((a, b) => a - b)) {
    if (number === last + 2) numbers.push(last + 1)
    else if (number > last + 2) numbers.push(null)
    numbers.push(number)
    last = number
  }
  return numbers
}

function pagination(t: Say, { page, pages, q }: CataloguePage): SafeHtml | null {
  if (pages <= 1) return null
  return html`<nav class="pages" aria-label="${t('Pages')}"><ul>
${page > 1 ? html`<li><a rel="prev" href="${addressOf(q, page - 1)}">${t('Previous')}</a></li>` : null}
${pageNumbers(page, pages).map(number => {
  if (number === null) return html`<li aria-hidden="true">…</li>`
  if (number === page) return html`<li><a aria-current="page" href="${addressOf(q, number)}">${number}</a></li>`
  return html`<li><a href="${addressOf(q, number)}">${number}</a></li>`
})}
${page < pages ? html`<li><a rel="next" href="${addressOf(q, page + 1)}">${t('Next')}</a></li>` : null}
</ul></nav>`
}

function addressOf(q: string, page: number): string {
  const query = new URLSearchParams()
  if (q !== '') query.set('q', q)
  if (page > 1) query.set('page', String(page))
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}
