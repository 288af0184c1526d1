/**
 * `api/backend/`: accounts and the visitor's own login, as JSON.
 */
import { sql } from 'kysely'
import {
  authenticate,
  type HttpRequest,
  listQuery,
  login,
  logout,
  NotFound,
  operation,
  PermissionDenied,
  pageOf,
  requireUser,
  responseError,
  type User,
  updateSessionAuthHash,
  ValidationError,
  View,
} from 'nuages'
import { z } from 'zod'
import { missing, newPasswordSchema, passwordErrors, passwordSchema, usernameSchema } from '../accounts.ts'
import { removeAvatar } from '../avatars.ts'
import { containing } from '../paging.ts'
import { english } from '../texts.ts'

const NewAccount = z.object({ username: usernameSchema, password: newPasswordSchema }).meta({ id: 'NewAccount' })

const Credentials = z
  .object({
    username: z.string().min(1, missing).max(1000),
    password: passwordSchema,
    remember: z.boolean().optional().meta({ description: 'Keeps the login when the browser is closed.' }),
  })
  .meta({ id: 'Credentials' })

const profileFields = {
  username: usernameSchema,
  email: z.union([z.literal(''), z.email(english('Enter a valid e-mail address.')).max(254)]),
  first_name: z.string().max(150).refine(isText, english('Use plain text.')),
  last_name: z.string().max(150).refine(isText, english('Use plain text.')),
}
const WholeProfile = z.object(profileFields).meta({ id: 'NewProfile' })
const PartOfProfile = z
  .object(profileFields)
  .partial()
  .extend({
    password: newPasswordSchema.optional(),
    current_password: passwordSchema.optional().meta({ description: 'With a new password for oneself.' }),
  })
  .meta({ id: 'ProfileChange' })

const Account = z.object({ id: z.int(), username: z.string() }).meta({ id: 'Account' })
const Profile = z
  .object({ id: z.int(), username: z.string(), email: z.string(), first_name: z.string(), last_name: z.string() })
  .meta({ id: 'Profile' })

const orderings = ['id', 'username', 'date_joined'] as const
const tags = ['accounts']

/** PostgreSQL keeps no NUL. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function shown(user: User): z.infer<typeof Profile> {
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
  post = operation(
    {
      summary: 'Register',
      tags,
      body: NewAccount,
      responses: { 201: Account },
      problems: { 409: 'The name is taken: `user_exists`.' },
    },
    async (request, _params, { body: { username, password } }) => {
      requireGoodPassword(request, password, { username })
      const user = await request.app.users.createUser({ username, password })
      return { id: user.id, username: user.username }
    },
  )

  get = operation(
    {
      summary: 'Accounts',
      tags,
      access: 'staff',
      query: listQuery({ ordering: orderings }),
      responses: { 200: pageOf(Profile) },
    },
    async (request, _params, { query }) => {
      const { page, pageSize, search, orderBy, descending } = query
      let found = request.app.db.selectFrom('auth_user')
      if (search !== '') {
        const like = containing(search)
        found = found.where(({ or, ref }) =>
          or(
            (['username', 'email'] as const).map(
              name => sql<boolean>`lower(${ref(name)}) like lower(${like}) escape '!'`,
            ),
          ),
        )
      }
      const { total } = await found.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow()
      const items = await found
        .select(['id', 'username', 'email', 'first_name', 'last_name'])
        .orderBy(orderBy, descending ? 'desc' : 'asc')
        .orderBy('id')
        .limit(pageSize)
        .offset((page - 1) * pageSize)
        .execute()
      return { items, total: Number(total), page, pageSize }
    },
  )
}

/** The account that a request is about: one's own or, for staff, any. To everybody else all others look alike, whether they exist or not. */
export async function accountFor(request: HttpRequest, { id }: { id: number }): Promise<User> {
  const visitor = await requireUser(request)
  if (visitor.id === id) return visitor
  if (!visitor.isStaff) throw new PermissionDenied(english('This is somebody else’s account.'))
  const user = await request.app.users.get(id)
  if (user === null) throw new NotFound(english('There is no such user.'))
  if (user.isSuperuser && !visitor.isSuperuser)
    throw new PermissionDenied(english('Only a superuser may see or change a superuser.'))
  return user
}

/** What all operations on one account have in common. */
export const ofAccount = {
  tags,
  access: 'user',
  find: accountFor,
  problems: { 403: 'This is somebody else’s account.', 404: 'There is no such account.' },
} as const
const ofChangedAccount = {
  ...ofAccount,
  problems: { ...ofAccount.problems, 409: 'The name is taken: `user_exists`.' },
} as const

/** `api/backend/user/<int:id>/`: one user, for itself or staff. */
export class UserDetail extends View {
  get = operation(
    { ...ofAccount, summary: 'An account', responses: { 200: Profile } },
    (_request, _params, { found }) => shown(found),
  )

  put = operation(
    { ...ofChangedAccount, summary: 'Change an account, all of it', body: WholeProfile, responses: { 200: Profile } },
    async (request, _params, { found, body }) => {
      const { first_name: firstName, last_name: lastName, ...rest } = body
      return present(await request.app.users.update(found.id, { firstName, lastName, ...rest }))
    },
  )

  patch = operation(
    {
      ...ofChangedAccount,
      summary: 'Change a part of an account, or its password',
      body: PartOfProfile,
      responses: { 200: Profile },
    },
    async (request, _params, { found, body }) => {
      const { password, current_password, first_name, last_name, username, email } = body
      if (password !== undefined) await requirePasswordChange(request, found, password, current_password)
      const user = await request.app.users.update(found.id, {
        ...(username === undefined ? {} : { username }),
        ...(email === undefined ? {} : { email }),
        ...(first_name === undefined ? {} : { firstName: first_name }),
        ...(last_name === undefined ? {} : { lastName: last_name }),
      })
      if (password === undefined || user === null) return present(user)
      const changed = await request.app.users.setPassword(found.id, password)
      const own = (await requireUser(request)).id === found.id
      if (own && changed !== null) await updateSessionAuthHash(request, changed)
      return present(changed)
    },
  )

  delete = operation(
    { ...ofAccount, summary: 'Delete an account', responses: { 200: null } },
    async (request, _params, { found }) => {
      const own = (await requireUser(request)).id === found.id
      // First, so that an account stays whose picture cannot be removed; and again, for one that was sent meanwhile.
      await removeAvatar(request.app, found.id)
      await request.app.users.delete(found.id)
      await removeAvatar(request.app, found.id)
      if (own) await logout(request)
    },
  )
}

/** One's own password needs the current one; wrong ones count as failed logins. */
async function requirePasswordChange(
  request: HttpRequest,
  target: User,
  password: string,
  current: string | undefined,
): Promise<void> {
  const visitor = await requireUser(request)
  if (visitor.id === target.id) {
    if (current === undefined) throw new ValidationError({ current_password: [missing] })
    if ((await authenticate(request, { username: target.username, password: current })) === null)
      throw new ValidationError({ current_password: [english('That is not your current password.')] })
  }
  requireGoodPassword(request, password, target)
}

/** @throws {NotFound} for an account that went meanwhile. */
function present(user: User | null): z.infer<typeof Profile> {
  if (user === null) throw new NotFound(english('There is no such user.'))
  return shown(user)
}

/** `api/backend/session/`: the visitor's own login: POST logs in, DELETE logs out. */
export class LoginSession extends View {
  post = operation(
    {
      summary: 'Log in',
      tags,
      body: Credentials,
      responses: { 200: Account },
      problems: {
        401: 'Wrong username or password: `invalid_login`.',
        429: 'Too many failed logins: `too_many_attempts`.',
      },
    },
    async (request, _params, { body }) => {
      const user = await authenticate(request, body)
      if (user === null)
        return responseError('invalid_login', { status: 401, detail: english('Wrong username or password.') })
      await login(request, user)
      ;(await request.session).setExpiry(body.remember === true ? null : 0)
      return { id: user.id, username: user.username }
    },
  )

  get = operation({ summary: 'Who is logged in', tags, access: 'user', responses: { 200: Account } }, async request => {
    const { id, username } = await requireUser(request)
    return { id, username }
  })

  delete = operation({ summary: 'Log out', tags, responses: { 200: null } }, logout)
}
