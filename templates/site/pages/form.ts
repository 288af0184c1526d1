/** The parts of a form. Values are kept after a mistake, except passwords. */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { Form, HttpRequest } from 'nuages'

export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password'
  /** So that password managers know what to fill in. */
  readonly autocomplete: string
}

/** Proves that a form came from this site. Every POST form begins with it. */
export async function csrfField(request: HttpRequest): Promise<SafeHtml> {
  return html`<input type="hidden" name="csrfmiddlewaretoken" value="${await request.csrf.token()}">`
}

/** What is wrong with the form as a whole. */
export function formErrors(form: Form<unknown>): SafeHtml[] {
  return form.errorsOf().map(message => html`<p class="error" role="alert">${message}</p>`)
}

export function field(form: Form<unknown>, { name, label, type = 'text', autocomplete }: Field): SafeHtml {
  const value = type === 'password' ? '' : form.value(name)
  const errors = form.errorsOf(name)
  const wrong = errors.length > 0 ? html` aria-invalid="true" aria-describedby="${name}-error"` : ''
  return html`<p>
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" required${wrong}>
${errors.length > 0 ? html`<span class="error" id="${name}-error">${errors.join(' ')}</span>` : ''}
</p>`
}
