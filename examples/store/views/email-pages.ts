/**
 * The visitor's e-mail address: changing it, and showing that it is theirs.
 */
import {
  addMessage,
  authenticate,
  Form,
  type HttpRequest,
  type HttpResponse,
  isEmailVerified,
  isMailAddress,
  loginRequired,
  openEmailVerification,
  redirect,
  requireUser,
  sendEmailVerification,
  TooManyMails,
  type User,
  View,
  verifyEmail,
} from 'nuages'
import { z } from 'zod'
import { missing, passwordSchema } from '../accounts.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { languageOf, textsFor } from '../language.ts'
import { confirmPage, emailPage } from '../pages/email.ts'
import { emptyForm, type FormState, stateOf } from '../pages/form.ts'
import { deadLinkPage } from '../pages/password.ts'
import { accountMails, english, inLanguage, texts } from '../texts.ts'

const page = '/user/email/'

const NewEmail = z.object({
  email: z.string(missing).min(1, missing).refine(isMailAddress, english('Enter an e-mail address.')),
  password: passwordSchema,
})

class EmailView extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return showEmail(request, emptyForm)
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const user = await requireUser(request)
    const form = await Form.read(request, NewEmail)
    if (form.data !== null) {
      const { username } = user
      if ((await authenticate(request, { username, password: form.data.password })) === null)
        form.addError(english('Your password was entered incorrectly.'), 'password')
    }
    if (form.data === null) return showEmail(request, stateOf(form, ['email']), 422)
    const changed = await request.app.users.update(user.id, { email: form.data.email })
    if (changed !== null) await mailLink(request, changed)
    return redirect(page)
  }
}

async function showEmail(request: HttpRequest, form: FormState, status = 200): Promise<HttpResponse> {
  const user = await requireUser(request)
  const isVerified = await isEmailVerified(request, user)
  return htmlPage(emailPage(await frameOf(request), { email: user.email, isVerified, form }), status)
}

async function mailLink(request: HttpRequest, user: User): Promise<void> {
  if (await isEmailVerified(request, user)) return
  const language = languageOf(request)
  const t = texts({ language })
  try {
    await sendEmailVerification(request, user, {
      path: ({ uid, token }) => `/user/email/verify/${uid}/${token}/`,
      text: accountMails[language].emailVerification,
    })
    addMessage(request, 'success', t('A link to confirm the address is on its way to {email}.', { email: user.email }))
  } catch (error) {
    if (!(error instanceof TooManyMails)) throw error
    addMessage(request, 'error', inLanguage({ language }, error.message))
  }
}

class MailAgain extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await mailLink(request, await requireUser(request))
    return redirect(page)
  }
}

interface Link {
  uid: string
  token: string
}

/** `/user/email/verify/<str:uid>/<str:token>/`: who reads the mail need not be logged in here. A button, since programs open links, too. */
export class ConfirmEmail extends View {
  async get(request: HttpRequest, link: Link): Promise<HttpResponse> {
    const user = await openEmailVerification(request, link)
    return user === null ? deadLink(request) : htmlPage(confirmPage(await frameOf(request), user))
  }

  async post(request: HttpRequest, link: Link): Promise<HttpResponse> {
    const user = await verifyEmail(request, link)
    if (user === null) return deadLink(request)
    addMessage(request, 'success', textsFor(request)('Thank you: {email} is confirmed.', { email: user.email }))
    return redirect((await request.user)?.id === user.id ? page : '/')
  }
}

async function deadLink(request: HttpRequest): Promise<HttpResponse> {
  return htmlPage(deadLinkPage(await frameOf(request), { href: page, text: 'Your e-mail address' }), 404)
}

/** `/user/email/` */
export const email = loginRequired(EmailView.asView())
/** `/user/email/verify/` */
export const mailAgain = loginRequired(MailAgain.asView())
