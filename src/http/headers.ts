/**
 * Header fields of a request and of a response.
 *
 * Owns the check that no value breaks out of its line (CWE-113). Leaves Set-Cookie to ./set-cookie.ts.
 */

/** Header fields as received. A web `Headers` is one; `nuages/node` has a faster one. */
export interface RequestHeaders {
  /** The value of a field by its name in any case; repeated fields joined by `, `; `null` when absent. */
  get(name: string): string | null
  has(name: string): boolean
  entries(): IterableIterator<[string, string]>
}

/** A header field's name or value that HTTP cannot carry. A bug of the application, or an attempt at header injection that it let through. */
export class BadHeaderError extends Error {
  override readonly name: string = 'BadHeaderError'
  readonly code = 'http/bad-header'
  readonly header: string
  constructor(header: string, problem: string) {
    super(`The header field "${header}" ${problem}.`)
    this.header = header
  }
}

/** RFC 9110 (5.6.2): the characters of a field name. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** All but these: horizontal tab, printable ASCII, latin-1 (RFC 9110, 5.5). CR, LF and NUL would end the line. */
const unsafeInValue = /[^\t\x20-\x7e\x80-\xff]/

/** @throws {BadHeaderError} when a name or value could end its line. */
export function requireField(name: string, value: string): void {
  if (!token.test(name)) throw new BadHeaderError(name, 'is not a header field name')
  if (unsafeInValue.test(value))
    throw new BadHeaderError(name, 'has a character in its value that no header field may carry')
}

/** Fields that were checked once, to be added to many responses: `ResponseHeaders.setDefaults`. */
export class CheckedFields {
  /** name, value, name, value */
  readonly flat: readonly string[]

  /** @throws {BadHeaderError} */
  constructor(fields: Iterable<readonly [string, string]>) {
    const flat: string[] = []
    for (const [name, value] of fields) {
      requireField(name, value)
      flat.push(name, value)
    }
    this.flat = flat
  }
}

/**
 * Header fields of a response, in the order they were set, names compared without case.
 *
 * Set-Cookie does not stand here: `HttpResponse.setCookie` keeps cookies apart, one each name.
 *
 * @throws {BadHeaderError} when a name or value could end its line.
 */
export class ResponseHeaders {
  /** name, value, name, value: the form that `ServerResponse.writeHead` takes. */
  readonly #fields: string[] = []

  constructor(init?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>) {
    if (init === undefined) return
    for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) this.append(name, value)
  }

  #indexOf(name: string): number {
    const fields = this.#fields
    for (let index = 0; index < fields.length; index += 2) {
      const field = fields[index] as string
      if (field === name || (field.length === name.length && field.toLowerCase() === name.toLowerCase())) return index
    }
    return -1
  }

  get(name: string): string | null {
    const index = this.#indexOf(name)
    return index < 0 ? null : (this.#fields[index + 1] as string)
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0
  }

  set(name: string, value: string): this {
    requireField(name, value)
    const index = this.#indexOf(name)
    if (index < 0) this.#fields.push(name, value)
    else this.#fields[index + 1] = value
    return this
  }

  /** Sets the field unless the response has it already. */
  setDefault(name: string, value: string): this {
    return this.has(name) ? this : this.set(name, value)
  }

  /** Sets each of these fields unless the response has it already. */
  setDefaults({ flat }: CheckedFields): void {
    const fields = this.#fields
    for (let index = 0; index < flat.length; index += 2) {
      const name = flat[index] as string
      if (this.#indexOf(name) < 0) fields.push(name, flat[index + 1] as string)
    }
  }

  /** Adds to a list field: `Vary`, `Link`. */
  append(name: string, value: string): this {
    const present = this.get(name)
    return this.set(name, present === null ? value : `${present}, ${value}`)
  }

  delete(name: string): boolean {
    const index = this.#indexOf(name)
    if (index >= 0) this.#fields.splice(index, 2)
    return index >= 0
  }

  /** Adds a field name to `Vary` unless it, or `*`, is there. */
  vary(field: string): void {
    const present = this.get('Vary')
    if (present === null) {
      this.set('Vary', field)
      return
    }
    const listed = present.split(',').map(name => name.trim().toLowerCase())
    if (!listed.includes('*') && !listed.includes(field.toLowerCase())) this.set('Vary', `${present}, ${field}`)
  }

  /** Marks an answer as one for this visitor: `Vary: Cookie`, and out of shared caches, unless the view speaks of those itself. */
  varyByVisitor(): void {
    this.vary('Cookie')
    const control = this.get('Cache-Control') ?? ''
    if (control === '') this.set('Cache-Control', 'private')
    else if (!/private|no-store|public|s-maxage/i.test(control)) this.set('Cache-Control', `${control}, private`)
  }

  *entries(): IterableIterator<[string, string]> {
    const fields = this.#fields
    for (let index = 0; index < fields.length; index += 2) yield [fields[index] as string, fields[index + 1] as string]
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }

  /** name, value, name, value: the list itself, for a door that sends it and then lets go of the response. */
  takeFlat(): string[] {
    return this.#fields
  }
}
