/** Registering, logging in, logging out. */
import {
  authenticate,
  Form,
  type HttpRequest,
  type HttpResponse,
  isSafeRedirect,
  login,
  logout,
  redirect,
  TooManyAttempts,
  type User,
  UserExistsError,
  View,
} from 'nuages'
import type { z } from 'zod'
import { showLogin, showRegistration } from './pages.ts'
import { Login, Registration } from './schemas.ts'

/** `/register/` */
export class Register extends View {
  get(request: HttpRequest): Promise<HttpResponse> {
    return showRegistration(request, Form.empty())
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await Form.read(request, Registration)
    const user = await createUser(request, form)
    if (user === null) return showRegistration(request, form, 422)
    await login(request, user)
    return redirect(request.app.settings.LOGIN_REDIRECT_URL)
  }
}

/** The new account; `null` when the form has errors now. */
async function createUser(request: HttpRequest, form: Form<z.infer<typeof Registration>>): Promise<User | null> {
  const { users } = request.app
  if (form.data === null) return null
  const { username, password } = form.data
  for (const { message } of users.validatePassword(password, { username })) form.addError(message, 'password')
  if (!form.isValid) return null
  try {
    return await users.createUser({ username, password })
  } catch (error) {
    if (!(error instanceof UserExistsError)) throw error
    form.addError(error.message, 'username')
    return null
  }
}

/** `/login/?next=/where/to/go/` */
export class LogIn extends View {
  get(request: HttpRequest): Promise<HttpResponse> {
    return showLogin(request, Form.empty({ next: request.GET.get('next') ?? '' }))
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await Form.read(request, Login)
    if (form.data === null) return showLogin(request, form, 422)
    const { next, ...credentials } = form.data
    try {
      const user = await authenticate(request, credentials)
      if (user !== null) {
        await login(request, user)
        return redirect(nextOf(request, next))
      }
      form.addError('The username or the password is wrong.')
      return showLogin(request, form, 422)
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
      form.addError(error.message)
      return showLogin(request, form, error.status)
    }
  }
}

/** Only to this site: another one could ask for the password again. */
function nextOf(request: HttpRequest, next = ''): string {
  const safe = isSafeRedirect(next, { hosts: new Set([request.host]), requireHttps: request.isSecure })
  return safe ? next : request.app.settings.LOGIN_REDIRECT_URL
}

/** `/logout/`: POST only, so that no link or picture elsewhere can do it. */
export class LogOut extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await logout(request)
    return redirect(request.app.settings.LOGOUT_REDIRECT_URL ?? '/')
  }
}
