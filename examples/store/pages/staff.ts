/** What staff sees of the products: all of them, and one to change. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { texts } from '../texts.ts'
import { csrfField, errorSummary, type Field, type FormState, field } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { formatMoney } from './money.ts'
import type { ProductCard } from './product.ts'

export function staffProductsPage(frame: Frame, products: readonly ProductCard[]): SafeHtml {
  const t = texts(frame)
  const body = html`<h1>${t('Products for sale')}</h1>
<p><a class="button" href="/staff/add-product/">${t('Add a product')}</a></p>
<ul class="goods">${products.map(
    ({ slug, name, sku, price, stock, picture }) => html`<li>
<img src="${picture}" alt="" width="400" height="400" loading="lazy">
<div><a href="/staff/product/${slug}/">${name}</a>
<p class="hint">${stock === 0 ? t('{sku}, {price}, sold out', { sku, price: formatMoney(price) }) : t('{sku}, {price}, {stock} in stock', { sku, price: formatMoney(price), stock })}</p></div>
</li>`,
  )}</ul>`
  return layout(frame, { title: t('Products for sale'), body })
}

const sku: Field = {
  name: 'sku',
  label: 'Article number',
  maxLength: 32,
  hint: 'Capital letters, digits and hyphens. It stays for ever.',
}

const fields: readonly Field[] = [
  { name: 'name', label: 'Name', maxLength: 200 },
  {
    name: 'slug',
    label: 'Name in addresses',
    maxLength: 100,
    hint: 'Small letters, digits and hyphens: morning-fog-mug',
  },
  { name: 'description', label: 'Description', type: 'long', maxLength: 5000, optional: true },
  { name: 'price', label: 'Price in euros', maxLength: 10, hint: 'Like 18.90' },
  { name: 'stock', label: 'Pieces in stock', maxLength: 7 },
]

function pictureField(accept: string, optional: boolean): Field {
  const hint = optional
    ? 'PNG, JPEG or WebP up to 5 MiB, or a plain SVG. Leave it empty to keep the one there is.'
    : 'PNG, JPEG or WebP up to 5 MiB, or a plain SVG.'
  return { name: 'picture', label: 'Picture of the product', type: 'file', accept, hint, optional }
}

export interface StaffProductPage {
  /** The product as it is in the shop; `null`: a new one. */
  readonly product: {
    readonly sku: string
    readonly slug: string
    readonly name: string
    readonly picture: string
  } | null
  /** What the form was made from: sent along, so that the work of two people does not get lost. Empty for a new one. */
  readonly version: string
  readonly form: FormState
  /** Types of file for the picture. */
  readonly accept: string
}

export function staffProductPage(frame: Frame, { product, version, form, accept }: StaffProductPage): SafeHtml {
  const shown = [...(product === null ? [sku] : []), ...fields, pictureField(accept, product !== null)]
  const t = texts(frame)
  const title = product === null ? t('Add a product') : t('Change {name}', { name: product.name })
  const hidden = html`<input type="hidden" name="version" value="${version}">`
  const body = html`<div class="narrow">
<p class="trail"><a href="/staff/products/">${t('Products for sale')}</a></p>
<h1>${title}</h1>
${product === null ? null : html`<div class="me"><img class="thumb" src="${product.picture}" alt="" width="400" height="400"><p class="hint">${t('Article {sku}', { sku: product.sku })}<br><a href="/product/${product.slug}/">${t('See it in the shop')}</a></p></div>`}
${errorSummary(frame, form, shown)}
<form method="post" enctype="multipart/form-data">
${csrfField(frame.csrfToken)}
${hidden}
${shown.map(one => field(frame, form, one))}
<button>${t(product === null ? 'Add' : 'Save')}</button>
</form>
${
  product === null
    ? null
    : html`<form action="/staff/product/${product.slug}/delete/" method="post">${csrfField(frame.csrfToken)}${hidden}<button class="quiet">${t('Sell it no longer')}</button></form>`
}
</div>`
  return layout(frame, { title, body })
}
