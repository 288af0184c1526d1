/** Registering, logging in, and the visitor's own page. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { texts } from '../texts.ts'
import { csrfField, emptyForm, errorSummary, type Field, type FormState, field, valueFor } from './form.ts'
import { type Frame, face, layout } from './layout.ts'
import { markup } from './markup.ts'

export const registerFields: readonly Field[] = [
  {
    name: 'username',
    label: 'Username',
    autocomplete: 'username',
    maxLength: 150,
    hint: 'Letters, digits and @ . + - _',
  },
  {
    name: 'password1',
    label: 'Password',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters, not only digits, and nothing that everybody uses.',
  },
  { name: 'password2', label: 'Password again', type: 'password', autocomplete: 'new-password' },
]

export const loginFields: readonly Field[] = [
  { name: 'username', label: 'Username', autocomplete: 'username', maxLength: 150 },
  { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
]

export const passwordFields: readonly Field[] = [
  { name: 'old_password', label: 'Current password', type: 'password', autocomplete: 'current-password' },
  {
    name: 'new_password1',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters, not only digits, and nothing that everybody uses.',
  },
  { name: 'new_password2', label: 'New password again', type: 'password', autocomplete: 'new-password' },
]

export const pictureFields: readonly Field[] = [
  {
    name: 'headimg',
    label: 'A picture of you',
    type: 'file',
    accept: 'image/png,image/jpeg,image/webp,image/gif',
    hint: 'PNG, JPEG, WebP or GIF, at most 5 MiB.',
  },
]

export function registerPage(frame: Frame, form: FormState): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<h1>${t('Register')}</h1>
${errorSummary(frame, form, registerFields)}
<form action="/user/register/" method="post">
${csrfField(frame.csrfToken)}
${registerFields.map(one => field(frame, form, one))}
<button>${t('Register')}</button>
</form>
<p>${markup(frame, 'You have an account? {link}.', { link: html`<a href="/user/login/">${t('Log in')}</a>` })}</p>
</div>`
  return layout(frame, { title: t('Register'), body })
}

/** `form.values` keeps `username`, `next` (where to go afterwards) and `remember` (`on` when ticked). */
export function loginPage(frame: Frame, form: FormState): SafeHtml {
  const t = texts(frame)
  const ticked = valueFor(form, 'remember') !== ''
  const body = html`<div class="narrow">
<h1>${t('Log in')}</h1>
${errorSummary(frame, form, loginFields)}
<form action="/user/login/" method="post">
${csrfField(frame.csrfToken)}
<input type="hidden" name="next" value="${valueFor(form, 'next')}">
${loginFields.map(one => field(frame, form, one))}
<div class="tick"><input id="remember" name="remember" type="checkbox" value="on"${ticked ? html` checked` : null}><label for="remember">${t('Keep me logged in')}</label></div>
<button>${t('Log in')}</button>
</form>
<p><a href="/user/password/forgot/">${t('Forgotten your password?')}</a></p>
<p>${markup(frame, 'New here? {link}.', { link: html`<a href="/user/register/">${t('Register')}</a>` })}</p>
</div>`
  return layout(frame, { title: t('Log in'), body })
}

/** What the visitor's own page shows. */
export interface ProfilePage {
  readonly id: number
  readonly username: string
  /** The change of password, which goes to `/user/password/`. */
  readonly form: FormState
  /** The picture, which goes to `/user/avatar/`. Default: nothing was sent yet. */
  readonly pictureForm?: FormState
}

/** The visitor's own page. */
export function profilePage(frame: Frame, { id, username, form, pictureForm = emptyForm }: ProfilePage): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<div class="me">${face({ username, picture: frame.user?.picture ?? null })}<h1>${username}</h1></div>
<section aria-labelledby="picture">
<h2 id="picture">${t('Picture')}</h2>
${errorSummary(frame, pictureForm, pictureFields)}
<form action="/user/avatar/" method="post" enctype="multipart/form-data" data-account="${id}">
${csrfField(frame.csrfToken)}
${pictureFields.map(one => field(frame, pictureForm, one))}
<progress max="1" value="0" aria-label="${t('Sent')}" hidden></progress>
<button>${t('Save picture')}</button>
</form>
</section>
<p><a href="/user/devices/">${t('Where you are logged in')}</a><br>
<a href="/user/email/">${t('E-mail address')}</a></p>
<section aria-labelledby="password">
<h2 id="password">${t('Change password')}</h2>
${errorSummary(frame, form, passwordFields)}
<form action="/user/password/" method="post">
${csrfField(frame.csrfToken)}
<input class="unseen" type="text" name="username" value="${username}" autocomplete="username" tabindex="-1" readonly aria-label="${t('Username')}">
${passwordFields.map(one => field(frame, form, one))}
<button>${t('Change password')}</button>
</form>
</section>
</div>`
  return layout(frame, { title: t('Your account'), body })
}
