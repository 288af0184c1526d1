/** The cart: a table on wide screens, a list of cards on phones. */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { CartItem } from '../cart.ts'
import { currency } from '../catalogue.ts'
import { texts } from '../texts.ts'
import { csrfField } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { markup } from './markup.ts'
import { formatMoney } from './money.ts'

export interface CartPageItem extends CartItem {
  readonly slug: string
  /** Address of the picture. */
  readonly picture: string
}

export interface CartPage {
  readonly items: readonly CartPageItem[]
  /** Pieces. */
  readonly count: number
  /** In minor units. */
  readonly total: number
}

export function cartPage(frame: Frame, { items, count, total }: CartPage): SafeHtml {
  const t = texts(frame)
  const pieces = html`<span data-pieces>${count === 1 ? t('1 piece') : t('{count} pieces', { count })}</span>`
  const body = html`<h1>${t('Your cart')}</h1>
${
  items.length === 0
    ? html`<div class="empty"><p>${markup(frame, 'Nothing in it yet. {link}.', { link: html`<a href="/">${t('Have a look around')}</a>` })}</p></div>`
    : html`<table class="lines" data-currency="${currency}">
<caption class="unseen">${t('What is in your cart')}</caption>
<thead><tr><th scope="col">${t('Product')}</th><th scope="col">${t('Price')}</th><th scope="col">${t('Quantity')}</th><th scope="col">${t('Total')}</th><td></td></tr></thead>
<tbody>${items.map(item => line(frame, item))}</tbody>
<tfoot><tr><th scope="row" colspan="3">${markup(frame, '{one}, {two}', { one: html`${t('Total')}`, two: pieces })}</th><td class="sum" data-total>${formatMoney(total)}</td><td></td></tr></tfoot>
</table>
<div class="after"><a href="/">${t('Keep looking around')}</a>
<form action="/cart/clear/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">${t('Empty the cart')}</button></form></div>`
}`
  return layout(frame, { title: t('Your cart'), body })
}

function line(frame: Frame, { sku, slug, name, picture, price, quantity, total }: CartPageItem): SafeHtml {
  const t = texts(frame)
  return html`<tr data-sku="${sku}">
<th scope="row"><div><img src="${picture}" alt="" width="400" height="400"><a href="/product/${slug}/">${name}</a></div></th>
<td class="one" data-label="${t('Price')}">${formatMoney(price)}</td>
<td class="many" data-label="${t('Quantity')}"><form class="update" action="/cart/update/" method="post">${csrfField(frame.csrfToken)}<input type="hidden" name="sku" value="${sku}"><input name="quantity" type="number" inputmode="numeric" min="1" max="999" step="1" value="${quantity}" required autocomplete="off" aria-label="${t('Quantity of {name}', { name })}"><button class="quiet">${t('Update')}<span class="unseen"> ${name}</span></button></form></td>
<td class="sum" data-label="${t('Total')}" data-line-total>${formatMoney(total)}</td>
<td><form action="/cart/remove/" method="post">${csrfField(frame.csrfToken)}<input type="hidden" name="sku" value="${sku}"><button class="plain">${t('Remove')}<span class="unseen"> ${name}</span></button></form></td>
</tr>`
}
