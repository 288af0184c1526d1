/**
 * The pages of where the visitor is logged in.
 */
import {
  addMessage,
  type HttpRequest,
  type HttpResponse,
  listSessions,
  loginRequired,
  logoutEverywhere,
  redirect,
  revokeOtherSessions,
  revokeSession,
  View,
} from 'nuages'
import { frameOf, htmlPage } from '../frame.ts'
import { textsFor } from '../language.ts'
import { devicesPage } from '../pages/devices.ts'

const page = '/user/devices/'

class DevicesView extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const sessions = await listSessions(request)
    return htmlPage(devicesPage(await frameOf(request), { sessions, now: request.app.clock() }))
  }
}

class RevokeView extends View {
  async post(request: HttpRequest, { id }: { id: string }): Promise<HttpResponse> {
    const isEnded = await revokeSession(request, id)
    if ((await request.user) === null) return redirect(request.app.settings.LOGIN_URL)
    const t = textsFor(request)
    if (isEnded) addMessage(request, 'success', t('That device is logged out.'))
    else addMessage(request, 'info', t('That device was logged out already.'))
    return redirect(page)
  }
}

class RevokeOthersView extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const count = await revokeOtherSessions(request)
    const text = count === 0 ? 'You were logged in nowhere else.' : 'You are logged out everywhere else.'
    addMessage(request, 'success', textsFor(request)(text))
    return redirect(page)
  }
}

class LogOutEverywhereView extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await logoutEverywhere(request)
    addMessage(request, 'success', textsFor(request)('You are logged out everywhere, here too.'))
    return redirect(request.app.settings.LOGIN_URL)
  }
}

/** `/user/devices/` */
export const devices = loginRequired(DevicesView.asView())
/** `/user/devices/<str:id>/revoke/` */
export const revokeDevice = loginRequired(RevokeView.asView())
/** `/user/devices/revoke-others/` */
export const revokeOtherDevices = loginRequired(RevokeOthersView.asView())
/** `/user/devices/log-out-everywhere/` */
export const logOutEverywhere = loginRequired(LogOutEverywhereView.asView())
