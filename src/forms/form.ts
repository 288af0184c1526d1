/**
 * A page's form: what was filled in, and what is wrong with it.
 *
 * Owns values and errors for showing the page again. Leaves the HTML to the page.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type HttpRequest, QueryDict, UnsupportedMediaType } from '../http/index.ts'
import type { FieldErrors } from './errors.ts'
import { checkInput, csrfFieldName, formErrorKey } from './validate.ts'

/**
 * A form as filled in. `data` is typed by the schema and there only when nothing is wrong:
 *
 * ```ts no-run
 * const form = await Form.read(request, Registration)
 * if (form.data) await users.createUser(form.data)
 * else return page(form) // status 422: form.value('username'), form.errorsOf('username')
 * ```
 */
export class Form<Data> {
  readonly #fields: QueryDict
  readonly #errors: Record<string, string[]>
  readonly #data: Data | null

  private constructor(fields: QueryDict, data: Data | null, errors: FieldErrors) {
    this.#fields = fields
    this.#data = data
    this.#errors = Object.assign(
      Object.create(null),
      Object.fromEntries(Object.entries(errors).map(([field, messages]) => [field, [...messages]])),
    )
  }

  /** A form nobody has filled in yet, with the values to begin with. */
  static empty(initial: Readonly<Record<string, string>> = {}): Form<never> {
    return new Form<never>(QueryDict.from(initial), null, {})
  }

  /**
   * Reads and checks a form body.
   *
   * @throws {UnsupportedMediaType} with status 415 when the body is not a form.
   */
  static async read<Schema extends StandardSchemaV1>(
    request: HttpRequest,
    schema: Schema,
  ): Promise<Form<StandardSchemaV1.InferOutput<Schema>>> {
    const { type } = request.contentType
    if (type !== 'application/x-www-form-urlencoded' && type !== 'multipart/form-data')
      throw new UnsupportedMediaType('Send a form: application/x-www-form-urlencoded or multipart/form-data.')
    const fields = await request.POST
    const input = fields.toObject()
    delete input[csrfFieldName]
    const checked = await checkInput(schema, input)
    return checked.errors === null ? new Form(fields, checked.value, {}) : new Form(fields, null, checked.errors)
  }

  /** The checked values; `null` as long as something is wrong. */
  get data(): Data | null {
    return this.isValid ? this.#data : null
  }

  get isValid(): boolean {
    return this.#data !== null && Object.keys(this.#errors).length === 0
  }

  /** Adds what only the application can know: "This name is taken." Without a field it belongs to the form. */
  addError(message: string, field: string = formErrorKey): void {
    this.#errors[field] ??= []
    this.#errors[field].push(message)
  }

  get errors(): FieldErrors {
    return this.#errors
  }

  /** The messages of a field; of the form as a whole without one. */
  errorsOf(field: string = formErrorKey): readonly string[] {
    return this.#errors[field] ?? []
  }

  /** What was filled in, to show again; empty text when nothing was. Never show a password again. */
  value(field: string): string {
    return this.#fields.get(field) ?? ''
  }
}
