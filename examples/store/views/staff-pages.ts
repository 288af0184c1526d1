/**
 * `/staff/`: the products as staff changes them. Nobody else gets in.
 */
import {
  addMessage,
  Form,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  NotFound,
  redirect,
  staffRequired,
  View,
} from 'nuages'
import { z } from 'zod'
import { missing } from '../accounts.ts'
import { currency } from '../catalogue.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { textsFor } from '../language.ts'
import { emptyForm, type FormState, stateOf } from '../pages/form.ts'
import { staffProductPage, staffProductsPage } from '../pages/staff.ts'
import { addProduct, editProduct, productRow, versionOf } from '../product-edits.ts'
import { pictureTypes, savePicture } from '../product-pictures.ts'
import { findProducts, NewProduct, pictureUrl } from '../products.ts'
import type { ProductTable } from '../tables.ts'
import { english } from '../texts.ts'

const list = '/staff/products/'
const kept = ['sku', 'name', 'slug', 'description', 'price', 'stock']
const { sku, slug, name, description, price, stock } = NewProduct.shape

/** Money as people write it, in minor units. No floating point on the way. */
const euros = z
  .string(missing)
  .trim()
  .regex(/^[0-9]{1,6}(?:[.,][0-9]{1,2})?$/, english('Enter an amount like 18.90.'))
  .transform(text => {
    const [whole = '0', cents = ''] = text.split(/[.,]/)
    return Number(whole) * 100 + Number(cents.padEnd(2, '0'))
  })
  .pipe(price)

const pieces = z
  .string(missing)
  .trim()
  .regex(/^[0-9]{1,7}$/, english('Enter a whole number.'))
  .transform(Number)
  .pipe(stock)

const Changes = z.object({
  name,
  slug,
  description: z
    .string()
    .transform(text => text.replaceAll('\r\n', '\n'))
    .pipe(description),
  price: euros,
  stock: pieces,
  version: z.string().max(100),
})
const Addition = Changes.extend({ sku })

/** A form as it was sent, and the digest of its picture, `null` without one. That is kept only when the rest is right: what nobody can use is not stored. */
async function read<Schema extends typeof Changes | typeof Addition>(
  request: HttpRequest,
  schema: Schema,
  isNew: boolean,
): Promise<{ form: Awaited<ReturnType<typeof Form.read<Schema>>>; picture: string | null }> {
  const form = await Form.read(request, schema)
  const file = (await request.FILES).get('picture')
  if (file === undefined) {
    if (isNew) form.addError(english('Choose a picture.'), 'picture')
    return { form, picture: null }
  }
  if (form.data === null) {
    form.addError(english('Choose the picture again.'), 'picture')
    return { form, picture: null }
  }
  try {
    return { form, picture: await savePicture(request, file) }
  } catch (error) {
    if (!(error instanceof HttpError && error.errors !== null)) throw error
    for (const message of error.errors.picture ?? [error.message]) form.addError(message, 'picture')
    return { form, picture: null }
  }
}

function valuesOf(row: ProductTable): Record<string, string> {
  return {
    name: row.name,
    slug: row.slug,
    description: row.description,
    price: `${Math.floor(row.price / 100)}.${String(row.price % 100).padStart(2, '0')}`,
    stock: String(row.stock),
  }
}

async function show(
  request: HttpRequest,
  row: ProductTable | null,
  form: FormState,
  status = 200,
): Promise<HttpResponse> {
  const product = row === null ? null : { ...row, picture: pictureUrl(row.picture) }
  const version = row === null ? '' : versionOf(row)
  return htmlPage(staffProductPage(await frameOf(request), { product, version, form, accept: pictureTypes }), status)
}

class Products extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const everything = { search: '', page: 1, pageSize: 1000, ordering: 'name' }
    const { items } = await findProducts(request.app, everything)
    return htmlPage(staffProductsPage(await frameOf(request), items))
  }
}

class Add extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return show(request, null, emptyForm)
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const { form, picture } = await read(request, Addition, true)
    const { data } = form
    if (data !== null && picture !== null) {
      const { version: _, ...product } = data
      const edit = await addProduct(request.app, { ...product, currency, picture })
      if (edit.state === 'done') {
        addMessage(request, 'success', textsFor(request)('Added: {name}.', { name: product.name }))
        return redirect(list)
      }
      if (edit.state === 'taken') form.addError(english('Another product has that already.'), edit.field)
    }
    return show(request, null, stateOf(form, kept), 422)
  }
}

class Edit extends View {
  async get(request: HttpRequest, { slug }: { slug: string }): Promise<HttpResponse> {
    const row = await requireRow(request, slug)
    return show(request, row, { values: valuesOf(row), errors: {} })
  }

  async post(request: HttpRequest, { slug }: { slug: string }): Promise<HttpResponse> {
    const row = await requireRow(request, slug)
    const { form, picture } = await read(request, Changes, false)
    const { data } = form
    if (data !== null) {
      const { version, ...values } = data
      // A picture that was not sent stays as the editor saw it: the version covers it.
      const changes = { ...values, picture: picture ?? row.picture }
      const edit = await editProduct(request.app, { slug, version }, changes)
      if (edit.state === 'done') {
        addMessage(request, 'success', textsFor(request)('Saved: {name}.', { name: values.name }))
        return redirect(list)
      }
      if (edit.state === 'gone') throw gone()
      if (edit.state === 'changed') return conflict(request, edit.now, form)
      form.addError(english('Another product has that already.'), edit.field)
    }
    // The version of what the editor saw, not of what there is now: a mistake in a form hides no conflict.
    const seen = form.value('version')
    const page = await show(request, row, stateOf(form, kept), 422)
    return seen === versionOf(row) ? page : conflict(request, row, form)
  }
}

/** Shows what the editor wrote, and beside each field what it has become meanwhile. Sent again, it is written: both are known now. */
async function conflict(request: HttpRequest, now: ProductTable, form: Form<unknown>): Promise<HttpResponse> {
  for (const [field, value] of Object.entries(valuesOf(now)))
    if (value !== form.value(field).trim().replaceAll('\r\n', '\n'))
      form.addError(english('Now: {value}', { value }), field)
  form.addError(
    english('Somebody else changed this product meanwhile. Compare, then save again to keep what stands here.'),
  )
  return show(request, now, stateOf(form, kept), 409)
}

class Delete extends View {
  async post(request: HttpRequest, { slug }: { slug: string }): Promise<HttpResponse> {
    const row = await requireRow(request, slug)
    const version = (await request.POST).get('version') ?? ''
    const edit = await editProduct(request.app, { slug, version }, null)
    if (edit.state === 'changed') {
      const words = english('Somebody else changed this product meanwhile. Have a look at it before you remove it.')
      return show(request, edit.now, { values: valuesOf(edit.now), errors: { __all__: [words] } }, 409)
    }
    if (edit.state === 'gone') throw gone()
    addMessage(request, 'success', textsFor(request)('No longer for sale: {name}.', { name: row.name }))
    return redirect(list)
  }
}

function gone(): NotFound {
  return new NotFound(english('We do not sell that, or not any more.'))
}

async function requireRow(request: HttpRequest, slug: string): Promise<ProductTable> {
  const row = await productRow(request.app, slug)
  if (row === null) throw gone()
  return row
}

/** `/staff/products/` */
export const staffProducts = staffRequired(Products.asView())
/** `/staff/add-product/` */
export const staffAddProduct = staffRequired(Add.asView())
/** `/staff/product/<slug:slug>/` */
export const staffEditProduct = staffRequired(Edit.asView())
/** `/staff/product/<slug:slug>/delete/` */
export const staffDeleteProduct = staffRequired(Delete.asView())
