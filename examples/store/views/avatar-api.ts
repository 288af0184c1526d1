/**
 * `api/backend/user/<int:id>/avatar/`: the picture of an account, as JSON.
 */
import { type HttpRequest, type HttpResponse, responseSuccess, View } from 'nuages'
import { z } from 'zod'
import { avatarRules, saveAvatar } from '../avatars.ts'
import { accountFor } from './user-api.ts'

/** PUT, multipart, field `headimg`: for oneself or staff. */
export class UserAvatar extends View {
  async put(request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    const account = await accountFor(request, id)
    const { headimg } = await request.validate(z.object({}), { files: avatarRules })
    return responseSuccess(await saveAvatar(request, account.id, headimg))
  }
}
