/**
 * Forms: a label for every field, messages beside it and above it, values kept.
 *
 * Owns the markup. Leaves the rules to the views' schemas: every check here is repeated there.
 */
import { html, type SafeHtml } from '@remix-run/html-template'
import { inLanguage, type PlainKey, type Reader, texts } from '../texts.ts'

/** What a visitor sent, and what was wrong with it. Both empty at first. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>
  /** Field name to messages, in English or in the visitor's language; `__all__` for those that belong to no field. */
  readonly errors: Readonly<Record<string, readonly string[]>>
}

export const emptyForm: FormState = { values: {}, errors: {} }

/** As much of a form that was read as a page shows. */
interface ReadForm {
  readonly errors: FormState['errors']
  value(name: string): string
}

/** The state for the page: values of the named fields only, so that no password is ever shown again. */
export function stateOf(form: ReadForm, kept: readonly string[]): FormState {
  return { values: Object.fromEntries(kept.map(name => [name, form.value(name)])), errors: form.errors }
}

/** Messages about the whole form are kept under this name, as in Django. */
export const wholeForm = '__all__'

export interface Field {
  readonly name: string
  readonly label: PlainKey
  /** A password is never shown again; `long` is text of several lines. Default: `text`. */
  readonly type?: 'text' | 'email' | 'password' | 'file' | 'long'
  /** The token of the HTML standard, so that password managers know what to fill in. */
  readonly autocomplete?: 'username' | 'email' | 'current-password' | 'new-password'
  readonly hint?: PlainKey
  /** Types of file that the browser offers first. */
  readonly accept?: string
  readonly maxLength?: number
  /** True: it may stay empty. Default: false. */
  readonly optional?: boolean
}

/** The token that proves a form came from this site. Every POST form begins with it. */
export function csrfField(token: string): SafeHtml {
  return html`<input type="hidden" name="csrfmiddlewaretoken" value="${token}">`
}

export function field(reader: Reader, form: FormState, one: Field): SafeHtml {
  const { name, label, hint } = one
  const t = texts(reader)
  const messages = messagesFor(form, name).map(text => inLanguage(reader, text))
  return html`<div class="field">
<label for="${name}">${t(label)}</label>
${hint ? html`<p class="hint" id="${name}-hint">${t(hint)}</p>` : null}
${control(form, one, messages.length > 0)}
${messages.length > 0 ? html`<p class="error" id="${name}-error">${messages.join(' ')}</p>` : null}
</div>`
}

function control(form: FormState, one: Field, invalid: boolean): SafeHtml {
  const { name, type = 'text', autocomplete, hint, accept, maxLength, optional = false } = one
  const describedBy = [hint ? `${name}-hint` : null, invalid ? `${name}-error` : null]
    .filter(id => id !== null)
    .join(' ')
  const state = html`${maxLength ? html` maxlength="${maxLength}"` : null}${invalid ? html` aria-invalid="true"` : null}${
    describedBy ? html` aria-describedby="${describedBy}"` : null
  }`
  const required = optional ? null : html` required`
  if (type === 'long')
    return html`<textarea id="${name}" name="${name}" rows="6"${required}${state}>${valueFor(form, name)}</textarea>`
  return html`<input id="${name}" name="${name}" type="${type}"${autocomplete ? html` autocomplete="${autocomplete}"` : null}${accept ? html` accept="${accept}"` : null}${required}${
    type === 'text' || type === 'email'
      ? html` value="${valueFor(form, name)}" autocapitalize="none" spellcheck="false"`
      : null
  }${state}>`
}

/** Says above a form what has to be mended, with links to the fields. Nothing when all is well. */
export function errorSummary(reader: Reader, form: FormState, fields: readonly Field[]): SafeHtml | null {
  const lines = [
    ...messagesFor(form, wholeForm).map(text => html`<li>${inLanguage(reader, text)}</li>`),
    ...fields.flatMap(({ name }) =>
      messagesFor(form, name).map(text => html`<li><a href="#${name}">${inLanguage(reader, text)}</a></li>`),
    ),
  ]
  if (lines.length === 0) return null
  return html`<div class="summary" role="alert" tabindex="-1" autofocus>
<h2>${texts(reader)('That did not work yet')}</h2>
<ul>${lines}</ul>
</div>`
}

export function messagesFor(form: FormState, name: string): readonly string[] {
  return Object.hasOwn(form.errors, name) ? (form.errors[name] ?? []) : []
}

export function valueFor(form: FormState, name: string): string {
  return Object.hasOwn(form.values, name) ? (form.values[name] ?? '') : ''
}
