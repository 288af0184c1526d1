/**
 * Views for some visitors only.
 */
import { type HttpRequest, type HttpResponse, PermissionDenied, prefersHtml, redirect } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { NotLoggedIn } from './errors.ts'
import type { PermissionName } from './model-permissions.ts'
import type { User } from './user.ts'

/** The visitor's account. @throws {NotLoggedIn} with status 401 for nobody. */
export async function requireUser(request: HttpRequest): Promise<User> {
  const user = await request.user
  if (user === null) throw new NotLoggedIn()
  return user
}

/** The visitor's account, if it is staff. @throws {NotLoggedIn} 401 for nobody, {PermissionDenied} 403 for others. */
export async function requireStaff(request: HttpRequest): Promise<User> {
  const user = await requireUser(request)
  if (!user.isStaff) throw new PermissionDenied('This is for staff only.')
  return user
}

/** The visitor's account, if it has these permissions. @throws {NotLoggedIn} 401 for nobody, {PermissionDenied} 403 for others. */
export async function requirePermission(
  request: HttpRequest,
  ...permissions: readonly PermissionName[]
): Promise<User> {
  const user = await requireUser(request)
  if (!(await user.hasPerms(permissions))) throw new PermissionDenied('You may not do this.')
  return user
}

/** A view as far as this room needs to know it. */
type GuardedView<Params> = (request: HttpRequest, params: Params) => Awaitable<HttpResponse | Response>

/**
 * A view for logged-in visitors: browsers are sent to `LOGIN_URL` with `next`, programs get 401 `not_logged_in`.
 *
 * `path('user/', loginRequired(Profile.asView()))`
 */
export function loginRequired<Params>(view: GuardedView<Params>): GuardedView<Params> {
  return guarded(view, requireUser)
}

/** A view for staff: nobody as with `loginRequired`, other accounts get 403. */
export function staffRequired<Params>(view: GuardedView<Params>): GuardedView<Params> {
  return guarded(view, requireStaff)
}

/**
 * A view for accounts with a permission, or several: nobody as with `loginRequired`, other accounts get 403.
 *
 * `path('product/new/', permissionRequired('shop.add_product', NewProduct.asView()))`
 */
export function permissionRequired<Params>(
  permissions: PermissionName | readonly PermissionName[],
  view: GuardedView<Params>,
): GuardedView<Params> {
  const required = typeof permissions === 'string' ? [permissions] : permissions
  return guarded(view, request => requirePermission(request, ...required))
}

function guarded<Params>(
  view: GuardedView<Params>,
  require: (request: HttpRequest) => Promise<User>,
): GuardedView<Params> {
  const guarding = async (request: HttpRequest, params: Params): Promise<HttpResponse | Response> => {
    try {
      await require(request)
    } catch (error) {
      if (!(error instanceof NotLoggedIn) || !prefersHtml(request.headers.get('accept'))) throw error
      return redirect(loginUrl(request))
    }
    return view(request, params)
  }
  return Object.assign(guarding, view)
}

/** Where to log in and come back to this page. */
function loginUrl(request: HttpRequest): string {
  const query = request.queryString === '' ? '' : `?${request.queryString}`
  const next = request.method === 'GET' ? `${request.rawPath}${query}` : '/'
  const url = request.auth.settings.LOGIN_URL
  return `${url}${url.includes('?') ? '&' : '?'}next=${encodeURIComponent(next).replaceAll('%2F', '/')}`
}
