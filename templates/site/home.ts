/** `/`: who is here, and how often. */
import { html } from '@remix-run/html-template'
import { type HttpRequest, type HttpResponse, View } from 'nuages'
import { showPage } from './pages/layout.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
  }
}

export class Home extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const session = await request.session
    const visits = await session.update('visits', (count = 0) => count + 1)
    const user = await request.user
    const body = html`
      <p>${user ? html`You are logged in as <strong>${user.username}</strong>.` : 'You are not logged in.'}</p>
      <p>Visits in this session: <output>${visits}</output></p>`
    return showPage(request, { title: 'Home', body })
  }
}
