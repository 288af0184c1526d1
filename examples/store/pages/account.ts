/** Registering, logging in, and the visitor's own page. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { csrfField, errorSummary, type Field, type FormState, field, valueFor } from './form.ts'
import { type Frame, layout } from './layout.ts'

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

export function registerPage(frame: Frame, form: FormState): SafeHtml {
  const body = html`<div class="narrow">
<h1>Register</h1>
${errorSummary(form, registerFields)}
<form action="/user/register/" method="post">
${csrfField(frame.csrfToken)}
${registerFields.map(one => field(form, one))}
<button>Register</button>
</form>
<p>You have an account? <a href="/user/login/">Log in</a>.</p>
</div>`
  return layout(frame, { title: 'Register', body })
}

/** `form.values` keeps `username`, `next` (where to go afterwards) and `remember` (`on` when ticked). */
export function loginPage(frame: Frame, form: FormState): SafeHtml {
  const ticked = valueFor(form, 'remember') !== ''
  const body = html`<div class="narrow">
<h1>Log in</h1>
${errorSummary(form, loginFields)}
<form action="/user/login/" method="post">
${csrfField(frame.csrfToken)}
<input type="hidden" name="next" value="${valueFor(form, 'next')}">
${loginFields.map(one => field(form, one))}
<div class="tick"><input id="remember" name="remember" type="checkbox" value="on"${ticked ? html` checked` : null}><label for="remember">Keep me logged in</label></div>
<button>Log in</button>
</form>
<p>New here? <a href="/user/register/">Register</a>.</p>
</div>`
  return layout(frame, { title: 'Log in', body })
}

/** The visitor's own page. `form` is the state of the change of password, which goes to `/user/password/`. */
export function profilePage(frame: Frame, { username, form }: { username: string; form: FormState }): SafeHtml {
  const body = html`<div class="narrow">
<div class="me"><span class="avatar" aria-hidden="true">${initialOf(username)}</span><h1>${username}</h1></div>
<p><a href="/user/devices/">Where you are logged in</a></p>
<section aria-labelledby="password">
<h2 id="password">Change password</h2>
${errorSummary(form, passwordFields)}
<form action="/user/password/" method="post">
${csrfField(frame.csrfToken)}
<input class="unseen" type="text" name="username" value="${username}" autocomplete="username" tabindex="-1" readonly aria-label="Username">
${passwordFields.map(one => field(form, one))}
<button>Change password</button>
</form>
</section>
</div>`
  return layout(frame, { title: 'Your account', body })
}

/** The first character as people count them: an emoji or an accented letter stays whole. */
function initialOf(username: string): string {
  const [first] = new Intl.Segmenter('en').segment(username)
  return (first?.segment ?? '').toUpperCase()
}
