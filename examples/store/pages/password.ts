/** A new password for who has forgotten the old one. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { type PlainKey, texts } from '../texts.ts'
import { csrfField, errorSummary, type Field, type FormState, field } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { markup } from './markup.ts'

const forgotFields: readonly Field[] = [
  { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email', maxLength: 254 },
]

const resetFields: readonly Field[] = [
  {
    name: 'new_password1',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters, not only digits, and nothing that everybody uses.',
  },
  { name: 'new_password2', label: 'New password again', type: 'password', autocomplete: 'new-password' },
]

export function forgotPage(frame: Frame, form: FormState): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<h1>${t('Forgotten your password?')}</h1>
<p>${t('Tell us the address of your account, and we mail you a link to choose a new one.')}</p>
${errorSummary(frame, form, forgotFields)}
<form action="/user/password/forgot/" method="post">
${csrfField(frame.csrfToken)}
${forgotFields.map(one => field(frame, form, one))}
<button>${t('Mail me a link')}</button>
</form>
<p>${markup(frame, 'It came back to you? {link}.', { link: html`<a href="/user/login/">${t('Log in')}</a>` })}</p>
</div>`
  return layout(frame, { title: t('Forgotten password'), body })
}

/** Says the same whether or not there is such an account. */
export function mailSentPage(frame: Frame): SafeHtml {
  const t = texts(frame)
  const link = html`<a href="/user/password/forgot/">${t('try another address')}</a>`
  const body = html`<div class="narrow">
<h1>${t('Look into your mailbox')}</h1>
<p>${t('If an account has that address, a link to choose a new password is on its way there. It takes a minute or two.')}</p>
<p class="hint">${markup(frame, 'Nothing came? Look among the unwanted mail, or {link}: the one that the account was given.', { link })}</p>
</div>`
  return layout(frame, { title: t('Look into your mailbox'), body })
}

/** `username`: whose password it will be, for password managers. The form goes to the address it came from. */
export function resetPage(frame: Frame, { username, form }: { username: string; form: FormState }): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<h1>${t('Choose a new password')}</h1>
<p>${markup(frame, 'For the account {username}. It will be logged out everywhere.', { username: html`<strong>${username}</strong>` })}</p>
${errorSummary(frame, form, resetFields)}
<form method="post">
${csrfField(frame.csrfToken)}
<input class="unseen" type="text" name="username" value="${username}" autocomplete="username" tabindex="-1" readonly aria-label="${t('Username')}">
${resetFields.map(one => field(frame, form, one))}
<button>${t('Set password')}</button>
</form>
</div>`
  return layout(frame, { title: t('Choose a new password'), body })
}

/** `next`: where another link can be had. */
export function deadLinkPage(frame: Frame, next: { readonly href: string; readonly text: PlainKey }): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<h1>${t('This link is not good any more')}</h1>
<p>${t('It was used already, or is too old; or the mail program has cut it in two.')}</p>
<p><a href="${next.href}">${t(next.text)}</a></p>
</div>`
  return layout(frame, { title: t('This link is not good any more'), body })
}
