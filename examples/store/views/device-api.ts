/**
 * `api/backend/device/`: where the visitor's account is logged in, as JSON.
 */
import { listSessions, NotFound, operation, responseSuccess, revokeOtherSessions, revokeSession, View } from 'nuages'
import { z } from 'zod'
import { english } from '../texts.ts'

const Device = z
  .object({
    id: z.string(),
    device: z.string().meta({ description: 'As the browser calls itself.', examples: ['Firefox on Linux'] }),
    address: z.string().nullable(),
    created: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
    isCurrent: z.boolean().meta({ description: 'The one that asks.' }),
  })
  .meta({ id: 'Device' })

const tags = ['devices']

/** `api/backend/device/`: the account's sessions, seen last first. */
export class DeviceList extends View {
  get = operation(
    {
      summary: 'Where one is logged in',
      tags,
      access: 'user',
      responses: { 200: z.object({ items: z.array(Device) }) },
    },
    async request => responseSuccess({ items: await listSessions(request) }),
  )
}

/** `api/backend/device/<str:id>/`: DELETE logs it out. */
export class DeviceDetail extends View {
  delete = operation(
    {
      summary: 'Log a device out',
      tags,
      access: 'user',
      responses: { 200: null },
      problems: { 404: 'There is no such device.' },
    },
    async (request, { id }: { id: string }) => {
      if (!(await revokeSession(request, id))) throw new NotFound(english('You are not logged in on such a device.'))
    },
  )
}

/** `api/backend/device/revoke-others/`: POST logs out all but this one. */
export class OtherDevices extends View {
  post = operation(
    {
      summary: 'Log all other devices out',
      tags,
      access: 'user',
      responses: { 200: z.object({ count: z.int() }) },
    },
    async request => ({ count: await revokeOtherSessions(request) }),
  )
}
