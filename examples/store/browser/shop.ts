/**
 * Makes the shop's pages answer without a reload. Without it, or when it fails, every form works as a form.
 *
 * Owns which form does what, the advertisement, and the guard against sending twice.
 */
import { addToCart, removeLine, updateLine } from './cart.ts'
import { sendPicture, showChoice } from './picture.ts'
import { say, text } from './say.ts'

/** What a form does without a reload, by its action. A form that is not here is sent as a form. */
const actions: ReadonlyMap<string, (form: HTMLFormElement) => unknown> = new Map([
  ['/cart/add/', addToCart],
  ['/cart/update/', updateLine],
  ['/cart/remove/', removeLine],
  ['/user/avatar/', sendPicture],
  ['/ad/close/', closeAd],
])

function closeAd(form: HTMLFormElement): void {
  // As a form would be sent, token and all: this is a page, and no part of the API.
  const body = new FormData(form)
  form.closest('[data-ad]')?.remove()
  document.querySelector('main')?.focus({ preventScroll: true })
  // `keepalive`: a visitor who goes on at once has closed it all the same.
  fetch('/ad/close/', { method: 'POST', body, redirect: 'manual', keepalive: true }).catch(() =>
    say(text('The advertisement will be back on the next page.')),
  )
}

document.addEventListener('submit', event => {
  const form = event.target
  if (!(form instanceof HTMLFormElement)) return
  const action = actions.get(form.getAttribute('action') ?? '')
  if (action !== undefined) {
    event.preventDefault()
    // A quantity entered while the one before is on its way counts; a second click on a button does not.
    if (form.ariaBusy !== 'true' || action === updateLine) action(form)
  } else if (form.method === 'post') {
    if (form.ariaBusy === 'true') event.preventDefault()
    form.ariaBusy = 'true'
  }
})

/** A quantity counts as soon as it is entered; a picture is shown as soon as it is chosen. */
document.addEventListener('change', event => {
  const input = event.target
  if (!(input instanceof HTMLInputElement)) return
  const file = input.files?.[0]
  if (file !== undefined && input.name === 'headimg') showChoice(file)
  if (input.name === 'quantity' && input.form?.getAttribute('action') === '/cart/update/') input.form.requestSubmit()
})

/** A page that comes back from the browser's memory can send its forms again, and does not bring back what was closed meanwhile. */
addEventListener('pageshow', () => {
  for (const form of document.forms) form.ariaBusy = null
  if (/(?:^|; )ad_closed=/.test(document.cookie)) document.querySelector('[data-ad]')?.remove()
})
