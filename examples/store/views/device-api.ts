/**
 * `api/backend/device/`: where the visitor's account is logged in, as JSON.
 */
import {
  type HttpRequest,
  type HttpResponse,
  listSessions,
  NotFound,
  responseSuccess,
  revokeOtherSessions,
  revokeSession,
  View,
} from 'nuages'

/** `api/backend/device/`: the account's sessions, seen last first. */
export class DeviceList extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return responseSuccess({ items: await listSessions(request) })
  }
}

/** `api/backend/device/<str:id>/`: DELETE logs it out. */
export class DeviceDetail extends View {
  async delete(request: HttpRequest, { id }: { id: string }): Promise<HttpResponse> {
    if (!(await revokeSession(request, id))) throw new NotFound('You are not logged in on such a device.')
    return responseSuccess()
  }
}

/** `api/backend/device/revoke-others/`: POST logs out all but this one. */
export class OtherDevices extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    return responseSuccess({ count: await revokeOtherSessions(request) })
  }
}
