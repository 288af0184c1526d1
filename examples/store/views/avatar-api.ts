/**
 * `api/backend/user/<int:id>/avatar/`: the picture of an account, as JSON.
 */
import { operation, View } from 'nuages'
import { z } from 'zod'
import { avatarRules, saveAvatar } from '../avatars.ts'
import { ofAccount } from './user-api.ts'

const Avatar = z
  .object({ url: z.string(), name: z.string(), size: z.int().meta({ description: 'In bytes.' }) })
  .meta({ id: 'Avatar' })

/** PUT, multipart, field `headimg`: for oneself or staff. */
export class UserAvatar extends View {
  put = operation(
    {
      ...ofAccount,
      summary: 'Change the picture of an account',
      body: z.object({}),
      files: avatarRules,
      responses: { 200: Avatar },
    },
    (request, _params, { found, body }) => saveAvatar(request, found.id, body.headimg),
  )
}
