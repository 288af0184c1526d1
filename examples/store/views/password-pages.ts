/**
 * Forgotten passwords: asking for a link, and choosing a new password by it.
 */
import {
  addMessage,
  Form,
  type HttpRequest,
  type HttpResponse,
  isMailAddress,
  openPasswordReset,
  redirect,
  resetPassword,
  sendPasswordReset,
  TooManyMails,
  tokenInSession,
  type User,
  View,
} from 'nuages'
import { z } from 'zod'
import { missing, newPasswordSchema, passwordErrors } from '../accounts.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { languageOf, textsFor } from '../language.ts'
import { emptyForm, stateOf } from '../pages/form.ts'
import { deadLinkPage, forgotPage, mailSentPage, resetPage } from '../pages/password.ts'
import { accountMails, english } from '../texts.ts'

const Forgotten = z.object({
  email: z.string(missing).min(1, missing).refine(isMailAddress, english('Enter an e-mail address.')),
})

const NewPassword = z
  .object({ new_password1: newPasswordSchema, new_password2: z.string(missing) })
  .refine(form => form.new_password1 === form.new_password2, {
    path: ['new_password2'],
    message: english('The two passwords are not the same.'),
  })

/** `/user/password/forgot/` */
export class ForgotPassword extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return htmlPage(forgotPage(await frameOf(request), emptyForm))
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await Form.read(request, Forgotten)
    const failed = async (status: number): Promise<HttpResponse> =>
      htmlPage(forgotPage(await frameOf(request), stateOf(form, ['email'])), status)
    if (form.data === null) return failed(422)
    try {
      await sendPasswordReset(request, form.data.email, {
        path: ({ uid, token }) => `/user/password/reset/${uid}/${token}/`,
        text: accountMails[languageOf(request)].passwordReset,
      })
    } catch (error) {
      if (!(error instanceof TooManyMails)) throw error
      form.addError(error.message)
      const response = await failed(error.status)
      response.headers.set('Retry-After', String(error.retryAfterSeconds))
      return response
    }
    return redirect('/user/password/sent/')
  }
}

/** `/user/password/sent/` */
export class MailSent extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return htmlPage(mailSentPage(await frameOf(request)))
  }
}

interface Link {
  uid: string
  token: string
}

/** `/user/password/reset/<str:uid>/<str:token>/` */
export class ResetPassword extends View {
  async get(request: HttpRequest, link: Link): Promise<HttpResponse> {
    const { state, user } = await openPasswordReset(request, link)
    if (state === 'moved') return redirect(`/user/password/reset/${link.uid}/${tokenInSession}/`)
    if (state === 'dead') return deadLink(request)
    return htmlPage(resetPage(await frameOf(request), { username: user.username, form: emptyForm }))
  }

  async post(request: HttpRequest, link: Link): Promise<HttpResponse> {
    const { user } = await openPasswordReset(request, link)
    if (user === null) return deadLink(request)
    const form = await readNewPassword(request, user)
    if (form.data === null)
      return htmlPage(resetPage(await frameOf(request), { username: user.username, form: stateOf(form, []) }), 422)
    if ((await resetPassword(request, { uid: link.uid, password: form.data.new_password1 })) === null)
      return deadLink(request)
    addMessage(request, 'success', textsFor(request)('Your password is changed. Log in with the new one.'))
    return redirect(request.app.settings.LOGIN_URL)
  }
}

async function readNewPassword(request: HttpRequest, user: User): Promise<Form<z.infer<typeof NewPassword>>> {
  const form = await Form.read(request, NewPassword)
  const problems = form.data && passwordErrors(request.app, 'new_password1', form.data.new_password1, user)
  for (const message of problems?.new_password1 ?? []) form.addError(message, 'new_password1')
  return form
}

async function deadLink(request: HttpRequest): Promise<HttpResponse> {
  const next = { href: '/user/password/forgot/', text: 'Ask for another one' } as const
  return htmlPage(deadLinkPage(await frameOf(request), next), 404)
}
