/** The cart: a table on wide screens, a list of cards on phones. */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { CartItem } from '../cart.ts'
import { currency } from '../catalogue.ts'
import { csrfField } from './form.ts'
import { type Frame, layout } from './layout.ts'
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
  const body = html`<h1>Your cart</h1>
${
  items.length === 0
    ? html`<div class="empty"><p>Nothing in it yet. <a href="/">Have a look around</a>.</p></div>`
    : html`<table class="lines" data-currency="${currency}">
<caption class="unseen">What is in your cart</caption>
<thead><tr><th scope="col">Product</th><th scope="col">Price</th><th scope="col">Quantity</th><th scope="col">Total</th><td></td></tr></thead>
<tbody>${items.map(item => line(frame, item))}</tbody>
<tfoot><tr><th scope="row" colspan="3">Total, <span data-pieces>${count === 1 ? '1 piece' : `${count} pieces`}</span></th><td class="sum" data-total>${formatMoney(total)}</td><td></td></tr></tfoot>
</table>
<div class="after"><a href="/">Keep looking around</a>
<form action="/cart/clear/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">Empty the cart</button></form></div>`
}`
  return layout(frame, { title: 'Your cart', body })
}

function line(frame: Frame, { sku, slug, name, picture, price, quantity, total }: CartPageItem): SafeHtml {
  return html`<tr data-sku="${sku}">
<th scope="row"><div><img src="${picture}" alt="" width="400" height="400"><a href="/product/${slug}/">${name}</a></div></th>
<td data-label="Price">${formatMoney(price)}</td>
<td data-label="Quantity"><form class="update" action="/cart/update/" method="post">${csrfField(frame.csrfToken)}<input type="hidden" name="sku" value="${sku}"><input name="quantity" type="number" inputmode="numeric" min="1" max="999" step="1" value="${quantity}" required autocomplete="off" aria-label="Quantity of ${name}"><button class="quiet">Update<span class="unseen"> ${name}</span></button></form></td>
<td data-label="Total" class="sum" data-line-total>${formatMoney(total)}</td>
<td><form action="/cart/remove/" method="post">${csrfField(frame.csrfToken)}<input type="hidden" name="sku" value="${sku}"><button class="plain">Remove<span class="unseen"> ${name}</span></button></form></td>
</tr>`
}
