/** The address of an account, and whether it is its owner's. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { texts } from '../texts.ts'
import { csrfField, errorSummary, type Field, type FormState, field } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { markup } from './markup.ts'

const fields: readonly Field[] = [
  { name: 'email', label: 'New address', type: 'email', autocomplete: 'email', maxLength: 254 },
  {
    name: 'password',
    label: 'Your password',
    type: 'password',
    autocomplete: 'current-password',
    hint: 'Whoever reads mail to this address can set a new password.',
  },
]

export interface EmailPage {
  /** Empty: none. */
  readonly email: string
  readonly isVerified: boolean
  readonly form: FormState
}

export function emailPage(frame: Frame, { email, isVerified, form }: EmailPage): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<p class="trail"><a href="/user/">${t('Your account')}</a></p>
<h1>${t('E-mail address')}</h1>
${email === '' ? html`<p>${t('Your account has none. Without one nobody can mail you a link when you forget your password.')}</p>` : stateOf(frame, email, isVerified)}
<section aria-labelledby="change">
<h2 id="change">${t(email === '' ? 'Add an address' : 'Change the address')}</h2>
${errorSummary(frame, form, fields)}
<form action="/user/email/" method="post">
${csrfField(frame.csrfToken)}
${fields.map(one => field(frame, form, one))}
<button>${t('Save')}</button>
</form>
</section>
</div>`
  return layout(frame, { title: t('E-mail address'), body })
}

function stateOf(frame: Frame, email: string, isVerified: boolean): SafeHtml {
  const shown = { email: html`<strong>${email}</strong>` }
  if (isVerified) return html`<p>${markup(frame, '{email} is yours: you have confirmed it.', shown)}</p>`
  return html`<p>${markup(frame, '{email} is not confirmed yet. Open the link in the mail that we have sent there.', shown)}</p>
<form action="/user/email/verify/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">${texts(frame)('Mail it again')}</button></form>`
}

/** The form goes to the address it came from. */
export function confirmPage(frame: Frame, { username, email }: { username: string; email: string }): SafeHtml {
  const t = texts(frame)
  const shown = { email: html`<strong>${email}</strong>`, username: html`<strong>${username}</strong>` }
  const body = html`<div class="narrow">
<h1>${t('Is this your address?')}</h1>
<p>${markup(frame, '{email} was given as the address of the account {username}.', shown)}</p>
<form method="post">${csrfField(frame.csrfToken)}<button>${t('Yes, it is mine')}</button></form>
<p class="hint">${t('You know of no such account? Then close this page.')}</p>
</div>`
  return layout(frame, { title: t('Is this your address?'), body })
}
