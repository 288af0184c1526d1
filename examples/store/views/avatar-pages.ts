/**
 * The visitor's picture, for browsers without JavaScript too.
 */
import {
  addMessage,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  loginRequired,
  redirect,
  requireUser,
  View,
} from 'nuages'
import { z } from 'zod'
import { avatarRules, saveAvatar } from '../avatars.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { textsFor } from '../language.ts'
import { profilePage } from '../pages/account.ts'
import { emptyForm } from '../pages/form.ts'
import { english } from '../texts.ts'

/** Said in other words than to programs. */
const refusals: Readonly<Record<number, string>> = {
  413: english('The picture is larger than 5 MiB.'),
  415: english('Choose a PNG, JPEG, WebP or GIF.'),
}

class AvatarView extends View {
  /** A refused form, whose address is opened anew: it is part of the profile. */
  get(): HttpResponse {
    return redirect('/user/')
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    try {
      const { headimg } = await request.validate(z.object({}), { files: avatarRules })
      await saveAvatar(request, id, headimg)
    } catch (error) {
      if (!(error instanceof HttpError && error.errors !== null)) throw error
      const words = refusals[error.status]
      const pictureForm = { values: {}, errors: words === undefined ? error.errors : { headimg: [words] } }
      const page = profilePage(await frameOf(request), { id, username, form: emptyForm, pictureForm })
      return htmlPage(page, error.status === 413 ? 413 : 422)
    }
    addMessage(request, 'success', textsFor(request)('Your picture is changed.'))
    return redirect(request.app.settings.LOGIN_REDIRECT_URL)
  }
}

/** `/user/avatar/` */
export const avatar = loginRequired(AvatarView.asView())
