/**
 * Registering, logging in and out, and the visitor's own page.
 */
import {
  addMessage,
  authenticate,
  type Form,
  Form as FormReader,
  type HttpRequest,
  type HttpResponse,
  isSafeRedirect,
  login,
  loginRequired,
  logout,
  redirect,
  requireUser,
  TooManyAttempts,
  type User,
  UserExistsError,
  updateSessionAuthHash,
  View,
} from 'nuages'
import { z } from 'zod'
import { missing, newPasswordSchema, passwordErrors, passwordSchema, usernameSchema } from '../accounts.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { textsFor } from '../language.ts'
import { loginPage, profilePage, registerPage } from '../pages/account.ts'
import { emptyForm, stateOf } from '../pages/form.ts'
import { english } from '../texts.ts'

const mismatch = english('The two passwords are not the same.')

const Registration = z
  .object({ username: usernameSchema, password1: newPasswordSchema, password2: z.string(missing) })
  .refine(({ password1, password2 }) => password1 === password2, { path: ['password2'], message: mismatch })

const Login = z.object({
  username: z.string(missing).min(1, missing).max(1000),
  password: passwordSchema,
  remember: z.string().optional(),
  next: z.string().optional(),
})

const PasswordChange = z
  .object({
    old_password: passwordSchema,
    new_password1: newPasswordSchema,
    new_password2: z.string(missing),
  })
  .refine(form => form.new_password1 === form.new_password2, { path: ['new_password2'], message: mismatch })

/** Where to go after logging in: on this host only, or to the visitor's page. */
function nextOf(request: HttpRequest, next: string | undefined): string {
  const safe =
    next !== undefined && isSafeRedirect(next, { hosts: new Set([request.host]), requireHttps: request.isSecure })
  return safe ? next : request.app.settings.LOGIN_REDIRECT_URL
}

/** `/user/register/` */
export class Register extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return htmlPage(registerPage(await frameOf(request), emptyForm))
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await FormReader.read(request, Registration)
    const user = form.data === null ? null : await create(request, form, form.data)
    if (user === null) return htmlPage(registerPage(await frameOf(request), stateOf(form, ['username'])), 422)
    await login(request, user)
    addMessage(request, 'success', textsFor(request)('Welcome, {name}.', { name: user.username }))
    return redirect(request.app.settings.LOGIN_REDIRECT_URL)
  }
}

async function create(
  request: HttpRequest,
  form: Form<unknown>,
  data: z.infer<typeof Registration>,
): Promise<User | null> {
  const { username, password1: password } = data
  const problems = passwordErrors(request.app, 'password1', password, { username })
  for (const message of problems?.password1 ?? []) form.addError(message, 'password1')
  if (problems !== null) return null
  try {
    return await request.app.users.createUser({ username, password })
  } catch (error) {
    if (!(error instanceof UserExistsError)) throw error
    form.addError(error.message, 'username')
    return null
  }
}

/** `/user/login/` */
export class LogIn extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const next = request.GET.get('next') ?? ''
    return htmlPage(loginPage(await frameOf(request), { values: { next }, errors: {} }))
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await FormReader.read(request, Login)
    const failed = async (status: number): Promise<HttpResponse> =>
      htmlPage(loginPage(await frameOf(request), stateOf(form, ['username', 'next', 'remember'])), status)
    if (form.data === null) return failed(422)
    const { data } = form
    try {
      const user = await authenticate(request, data)
      if (user === null) {
        form.addError(
          english('Please enter a correct username and password. Note that both fields may be case-sensitive.'),
        )
        return failed(422)
      }
      await login(request, user)
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
      form.addError(error.message)
      const response = await failed(error.status)
      response.headers.set('Retry-After', String(error.retryAfterSeconds))
      return response
    }
    ;(await request.session).setExpiry(data.remember === undefined ? 0 : null)
    return redirect(nextOf(request, data.next))
  }
}

/** `/user/logout/` */
export class LogOut extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await logout(request)
    return redirect(request.app.settings.LOGOUT_REDIRECT_URL ?? '/')
  }
}

class ProfileView extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    return htmlPage(profilePage(await frameOf(request), { id, username, form: emptyForm }))
  }
}

/** `/user/` */
export const profile = loginRequired(ProfileView.asView())

class ChangePasswordView extends View {
  /** A refused form, whose address is opened anew: it is part of the profile. */
  get(): HttpResponse {
    return redirect('/user/')
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const user = await requireUser(request)
    const form = await FormReader.read(request, PasswordChange)
    if (form.data !== null) {
      const { old_password, new_password1 } = form.data
      if ((await authenticate(request, { username: user.username, password: old_password })) === null)
        form.addError(english('Your old password was entered incorrectly.'), 'old_password')
      const problems = passwordErrors(request.app, 'new_password1', new_password1, user)
      for (const message of problems?.new_password1 ?? []) form.addError(message, 'new_password1')
    }
    if (form.data === null) {
      const { id, username } = user
      return htmlPage(profilePage(await frameOf(request), { id, username, form: stateOf(form, []) }), 422)
    }
    const changed = await request.app.users.setPassword(user.id, form.data.new_password1)
    if (changed !== null) await updateSessionAuthHash(request, changed)
    const text = textsFor(request)('Your password is changed. You are logged out everywhere else.')
    addMessage(request, 'success', text)
    return redirect(request.app.settings.LOGIN_REDIRECT_URL)
  }
}

/** `/user/password/` */
export const changePassword = loginRequired(ChangePasswordView.asView())
