/** The pages of this folder. */
import { html } from '@remix-run/html-template'
import type { Form, HttpRequest, HttpResponse } from 'nuages'
import { csrfField, field, formErrors } from '../pages/form.ts'
import { showPage } from '../pages/layout.ts'

export async function showRegistration(request: HttpRequest, form: Form<unknown>, status = 200): Promise<HttpResponse> {
  const body = html`<form method="post">${await csrfField(request)}
${formErrors(form)}
${field(form, { name: 'username', label: 'Username', autocomplete: 'username' })}
${field(form, { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' })}
${field(form, { name: 'again', label: 'Password again', type: 'password', autocomplete: 'new-password' })}
<button>Register</button>
</form>`
  return showPage(request, { title: 'Register', body, status })
}

export async function showLogin(request: HttpRequest, form: Form<unknown>, status = 200): Promise<HttpResponse> {
  const body = html`<form method="post">${await csrfField(request)}
<input type="hidden" name="next" value="${form.value('next')}">
${formErrors(form)}
${field(form, { name: 'username', label: 'Username', autocomplete: 'username' })}
${field(form, { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' })}
<button>Log in</button>
</form>`
  return showPage(request, { title: 'Log in', body, status })
}
