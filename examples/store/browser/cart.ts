/**
 * The cart without a reload.
 *
 * Owns the order of its changes, and bringing the page up to date.
 */

import { api } from './api.ts'
import type { components } from './api-types.ts'
import { messageOf, pieces, say, text } from './say.ts'

type Cart = components['schemas']['Cart']

/** One change after the other, in the order in which they were made. */
let queue = Promise.resolve()

function change(form: HTMLFormElement, work: () => Promise<void>): void {
  form.ariaBusy = 'true'
  queue = queue
    .then(work)
    .catch(error => say(messageOf(error)))
    .finally(() => {
      form.ariaBusy = null
    })
}

function fieldOf(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? '')
}

export function addToCart(form: HTMLFormElement): void {
  const body = { sku: fieldOf(form, 'sku'), quantity: Number(fieldOf(form, 'quantity')) }
  change(form, async () => {
    const { data: cart } = requireData(await api.POST('/api/shop/cart/', { body }))
    const { count } = cart
    const name = form.dataset.add ?? ''
    showCount(count)
    say(
      count === 1
        ? text('Added: {name}. 1 piece in your cart.', { name })
        : text('Added: {name}. {count} pieces in your cart.', { name, count }),
    )
  })
}

export function updateLine(form: HTMLFormElement): void {
  const path = { sku: fieldOf(form, 'sku') }
  const body = { quantity: Number(fieldOf(form, 'quantity')) }
  change(form, async () => {
    showCart(requireData(await api.PATCH('/api/shop/cart/{sku}/', { params: { path }, body })).data)
    say(text('Quantity changed.'))
  })
}

export function removeLine(form: HTMLFormElement): void {
  const path = { sku: fieldOf(form, 'sku') }
  change(form, async () => {
    showCart(requireData(await api.DELETE('/api/shop/cart/{sku}/', { params: { path } })).data)
    say(text('Removed from your cart.'))
  })
}

/** With `throwProblems` there is always data. */
export function requireData<Data>({ data }: { readonly data?: Data }): Data {
  if (data === undefined) throw new TypeError('An answer without data.')
  return data
}

function showCount(count: number): void {
  for (const element of document.querySelectorAll('[data-cart-count]')) element.textContent = String(count)
}

/** Brings the page of the cart up to date; a cart that is now empty looks different, so that page is loaded anew. */
function showCart(cart: Cart): void {
  const table = document.querySelector<HTMLElement>('[data-currency]')
  if (cart.items.length === 0) location.reload()
  if (cart.items.length === 0 || table === null) return
  const money = new Intl.NumberFormat('en-IE', { style: 'currency', currency: table.dataset.currency ?? 'EUR' })
  const lines = new Map(cart.items.map(item => [item.sku, item]))
  const write = (place: ParentNode, selector: string, words: string): void => {
    const element = place.querySelector(selector)
    if (element !== null) element.textContent = words
  }
  for (const row of table.querySelectorAll<HTMLElement>('[data-sku]')) {
    const item = lines.get(row.dataset.sku ?? '')
    if (item === undefined) {
      if (row.contains(document.activeElement)) document.querySelector('main')?.focus()
      row.remove()
    } else {
      const input = row.querySelector<HTMLInputElement>('[name=quantity]')
      if (input !== null && input !== document.activeElement) input.value = String(item.quantity)
      write(row, '[data-line-total]', money.format(item.total / 100))
    }
  }
  write(table, '[data-total]', money.format(cart.total / 100))
  write(table, '[data-pieces]', pieces(cart.count))
  showCount(cart.count)
}
