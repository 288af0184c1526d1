/** One product, and the cards and the strip that lead to products. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { goodsIn } from '../goods.ts'
import { type Say, texts } from '../texts.ts'
import { csrfField } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { formatMoney } from './money.ts'

/** What a card shows. */
export interface ProductCard {
  readonly sku: string
  readonly slug: string
  readonly name: string
  /** In minor units. */
  readonly price: number
  readonly stock: number
  /** Address of the picture. */
  readonly picture: string
}

export interface ProductView extends ProductCard {
  readonly description: string
}

export interface ProductPage {
  readonly product: ProductView
  /** Other products, newest first. */
  readonly recentlyViewed: readonly ProductCard[]
}

/** So few left that it is worth saying. */
const lowStock = 5

export function productPage(frame: Frame, { product, recentlyViewed }: ProductPage): SafeHtml {
  const t = texts(frame)
  const body = html`<nav class="trail" aria-label="${t('Where you are')}"><a href="/">${t('All products')}</a></nav>
<article class="product">
<img src="${product.picture}" alt="${t('{name}, a drawing', { name: product.name })}" width="400" height="400" fetchpriority="high">
<div>
<h1>${product.name}</h1>
<p class="price">${formatMoney(product.price)}</p>
<p class="description">${goodsIn(frame, product)}</p>
${stockLine(t, product.stock)}
${product.stock > 0 ? addForm(frame, product) : html`<p><a class="button quiet" href="/">${t('See what else there is')}</a></p>`}
<p class="hint">${t('Article {sku}', { sku: product.sku })}</p>
</div>
</article>
${recentStrip(frame, recentlyViewed)}`
  return layout(frame, { title: product.name, body })
}

/** A card of the grid. The first few pictures load at once, the rest as they come near. */
export function productCard(frame: Frame, product: ProductCard, index: number): SafeHtml {
  const t = texts(frame)
  const { sku, slug, name, price, stock, picture } = product
  return html`<li class="card">
<a href="/product/${slug}/"><img src="${picture}" alt="" width="400" height="400"${index < 4 ? null : html` loading="lazy"`}><span class="title">${name}</span></a>
<p class="price">${formatMoney(price)}${stock > 0 && stock <= lowStock ? html` <span class="few">${t('{count} left', { count: stock })}</span>` : null}</p>
${
  stock > 0
    ? html`<form action="/cart/add/" method="post" data-add="${name}">${csrfField(frame.csrfToken)}<input type="hidden" name="sku" value="${sku}"><input type="hidden" name="quantity" value="1"><button class="quiet">${t('Add to cart')}<span class="unseen">: ${name}</span></button></form>`
    : html`<p class="gone">${t('Sold out')}</p>`
}
</li>`
}

/** Recently viewed products; nothing at all when there are none. */
export function recentStrip(frame: Frame, products: readonly ProductCard[]): SafeHtml | null {
  if (products.length === 0) return null
  return html`<section class="recent" aria-labelledby="recent">
<h2 id="recent">${texts(frame)('Recently viewed')}</h2>
<ul class="strip">${products.map(
    ({ slug, name, picture }) =>
      html`<li><a href="/product/${slug}/"><img src="${picture}" alt="" width="400" height="400" loading="lazy"><span class="title">${name}</span></a></li>`,
  )}</ul>
</section>`
}

function addForm(frame: Frame, { sku, name }: ProductView): SafeHtml {
  const t = texts(frame)
  return html`<form class="add" action="/cart/add/" method="post" data-add="${name}">
${csrfField(frame.csrfToken)}
<input type="hidden" name="sku" value="${sku}">
<label for="quantity">${t('Quantity')}</label>
<input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="99" step="1" value="1" required autocomplete="off">
<button>${t('Add to cart')}</button>
</form>`
}

function stockLine(t: Say, stock: number): SafeHtml {
  if (stock === 0) return html`<p class="gone">${t('Sold out for now')}</p>`
  if (stock <= lowStock) return html`<p class="few">${t('Only {count} left', { count: stock })}</p>`
  return html`<p class="here">${t('In stock, sent within two days')}</p>`
}
