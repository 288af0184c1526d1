/**
 * `api/backend/`: accounts and the visitor's own login, as JSON.
 */
import { sql } from 'kysely'
import {
  authenticate,
  type HttpRequest,
  type HttpResponse,
  login,
  logout,
  NotFound,
  PermissionDenied,
  requireStaff,
  requireUser,
  responseError,
  responseSuccess,
  type User,
  updateSessionAuthHash,
  ValidationError,
  View,
} from 'nuages'
import { z } from 'zod'
import { newPasswordSchema, passwordErrors, passwordSchema, usernameSchema } from '../accounts.ts'
import { removeAvatar } from '../avatars.ts'
import { containing, readPage } from '../paging.ts'

const NewAccount = z.object({ username: usernameSchema, password: newPasswordSchema })

const Credentials = z.object({
  username: z.string().min(1, 'This field is required.').max(1000),
  password: passwordSchema,
  remember: z.boolean().optional(),
})

const profileFields = {
  username: usernameSchema,
  email: z.union([z.literal(''), z.email('Enter a valid e-mail address.').max(254)]),
  first_name: z.string().max(150).refine(isText, 'Use plain text.'),
  last_name: z.string().max(150).refine(isText, 'Use plain text.'),
}
const WholeProfile = z.object(profileFields)
const PartOfProfile = z.object(profileFields).partial().extend({
  password: newPasswordSchema.optional(),
  current_password: passwordSchema.optional(),
})

const orderings = ['id', 'username', 'date_joined'] as const

/** PostgreSQL keeps no NUL. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function shown(user: User): object {
  const { id, username, email, firstName, lastName } = user
  return { id, username, email, first_name: firstName, last_name: lastName }
}

function requireGoodPassword(
  request: HttpRequest,
  password: string,
  account: { username?: string; email?: string },
): void {
  const errors = passwordErrors(request.app, 'password', password, account)
  if (errors !== null) throw new ValidationError(errors)
}

/** `api/backend/user/`: the list of users; POST registers one. */
export class UserList extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { username, password } = await request.validate(NewAccount)
    requireGoodPassword(request, password, { username })
    const user = await request.app.users.createUser({ username, password })
    return responseSuccess({ id: user.id, username: user.username }, { status: 201 })
  }

  async get(request: HttpRequest): Promise<HttpResponse> {
    await requireStaff(request)
    const { page, pageSize, search, ordering } = readPage(request.GET, orderings, 20)
    const column = ordering.replace('-', '') as (typeof orderings)[number]
    let query = request.app.db.selectFrom('auth_user')
    if (search !== '') {
      const like = containing(search)
      query = query.where(({ or, ref }) =>
        or((['username', 'email'] as const).map(name => sql<boolean>`lower(${ref(name)}) like ${like} escape '!'`)),
      )
    }
    const { total } = await query.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow()
    const items = await query
      .select(['id', 'username', 'email', 'first_name', 'last_name'])
      .orderBy(column, ordering.startsWith('-') ? 'desc' : 'asc')
      .orderBy('id')
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute()
    return responseSuccess({ items, total: Number(total), page, pageSize })
  }
}

/** The account that a request is about: one's own or, for staff, any. To everybody else all others look alike, whether they exist or not. */
export async function accountFor(request: HttpRequest, id: number): Promise<User> {
  const visitor = await requireUser(request)
  if (visitor.id === id) return visitor
  if (!visitor.isStaff) throw new PermissionDenied('This is somebody else’s account.')
  const user = await request.app.users.get(id)
  if (user === null) throw new NotFound('There is no such user.')
  if (user.isSuperuser && !visitor.isSuperuser)
    throw new PermissionDenied('Only a superuser may see or change a superuser.')
  return user
}

/** `api/backend/user/<int:id>/`: one user, for itself or staff. */
export class UserDetail extends View {
  async get(request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    return responseSuccess(shown(await accountFor(request, id)))
  }

  async put(request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    const target = await accountFor(request, id)
    const { first_name: firstName, last_name: lastName, ...rest } = await request.validate(WholeProfile)
    return this.#answer(await request.app.users.update(target.id, { firstName, lastName, ...rest }))
  }

  async patch(request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    const target = await accountFor(request, id)
    const { password, current_password, first_name, last_name, username, email } = await request.validate(PartOfProfile)
    if (password !== undefined) await this.#requirePasswordChange(request, target, password, current_password)
    const user = await request.app.users.update(target.id, {
      ...(username === undefined ? {} : { username }),
      ...(email === undefined ? {} : { email }),
      ...(first_name === undefined ? {} : { firstName: first_name }),
      ...(last_name === undefined ? {} : { lastName: last_name }),
    })
    if (password === undefined || user === null) return this.#answer(user)
    const changed = await request.app.users.setPassword(target.id, password)
    const own = (await requireUser(request)).id === target.id
    if (own && changed !== null) await updateSessionAuthHash(request, changed)
    return this.#answer(changed)
  }

  async delete(request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    const target = await accountFor(request, id)
    const own = (await requireUser(request)).id === target.id
    await request.app.users.delete(target.id)
    await removeAvatar(request.app, target.id)
    if (own) await logout(request)
    return responseSuccess()
  }

  /** One's own password needs the current one; wrong ones count as failed logins. */
  async #requirePasswordChange(
    request: HttpRequest,
    target: User,
    password: string,
    current: string | undefined,
  ): Promise<void> {
    const visitor = await requireUser(request)
    if (visitor.id === target.id) {
      if (current === undefined) throw new ValidationError({ current_password: ['This field is required.'] })
      if ((await authenticate(request, { username: target.username, password: current })) === null)
        throw new ValidationError({ current_password: ['That is not your current password.'] })
    }
    requireGoodPassword(request, password, target)
  }

  #answer(user: User | null): HttpResponse {
    if (user === null) throw new NotFound('There is no such user.')
    return responseSuccess(shown(user))
  }
}

/** `api/backend/session/`: the visitor's own login: POST logs in, DELETE logs out. */
export class LoginSession extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const credentials = await request.validate(Credentials)
    const user = await authenticate(request, credentials)
    if (user === null) return responseError('invalid_login', { status: 401, detail: 'Wrong username or password.' })
    await login(request, user)
    ;(await request.session).setExpiry(credentials.remember === true ? null : 0)
    return responseSuccess({ id: user.id, username: user.username })
  }

  async get(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    return responseSuccess({ id, username })
  }

  async delete(request: HttpRequest): Promise<HttpResponse> {
    await logout(request)
    return responseSuccess()
  }
}
