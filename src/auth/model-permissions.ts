/**
 * The permissions that an application asks for, by the models they are about.
 */
import { ConfigError } from '../kit/index.ts'

/** A permission by its name: app and codename, as in Django. */
export type PermissionName = `${string}.${string}`

/** A permission that an application has, and `nuages migrate` creates. */
export interface PermissionDefinition {
  readonly app: string
  /** Of what: its permissions stand together in Django's admin. */
  readonly model: string
  readonly codename: string
  /** For people to read, in at most 255 characters. */
  readonly name: string
}

/** The four that Django has for every model. */
const modelActions = ['add', 'change', 'delete', 'view'] as const

/**
 * The permissions of a model, `modelPermissions('shop.product', { refund_product: 'Can take back a product' })`: `shop.add_product`, `change_`, `delete_`
 * and `view_` as Django has them, and others by codename.
 *
 * @throws {ConfigError} for names that Django could not keep.
 */
export function modelPermissions(
  model: PermissionName,
  others: Readonly<Record<string, string>> = {},
): readonly PermissionDefinition[] {
  const [app = '', name = ''] = model.split('.')
  if (!/^[a-z]\w{0,99}\.[a-z]\w{0,90}$/.test(model))
    throw new ConfigError(`"${model}" names no model.`, "Write app and model in lower case: 'shop.product'.")
  const standard = modelActions.map(action => [`${action}_${name}`, `Can ${action} ${name.replaceAll('_', ' ')}`])
  return [...standard, ...Object.entries(others)].map(([codename = '', text = '']) => {
    if (!/^\w{1,100}$/.test(codename) || text.length > 255)
      throw new ConfigError(
        `"${codename}" cannot name a permission.`,
        'Use letters, digits and _, at most 100 of them.',
      )
    return { app, model: name, codename, name: text }
  })
}
