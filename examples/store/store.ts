/** The store, put together from its settings. */
import { type App, createApp, type ErrorView, type HttpRequest, HttpResponse, type Logger, type Settings } from 'nuages'
import { frameOf } from './frame.ts'
import { tellLanguage } from './language.ts'
import { errorPage } from './pages/error.ts'
import { migrations } from './tables.ts'
import { english, inLanguage } from './texts.ts'
import { urls } from './urls.ts'

const ourFault = english('Something went wrong on our side. We have made a note of it; please try again in a moment.')

async function showError(request: HttpRequest, { status, title, detail, errors }: ErrorView): Promise<HttpResponse> {
  const frame = await frameOf(request)
  const said = [detail === '' ? ourFault : detail, ...Object.values(errors ?? {}).flat()]
  const text = said.map(message => inLanguage(frame, message)).join(' ')
  return new HttpResponse(String(errorPage(frame, { status, title: inLanguage(frame, title), text })))
}

/** The store on these settings. `logger: null` is silence. */
export function createStore(settings: Settings, logger: Logger | null): App {
  const api = { title: 'Nuages, the shop', version: '1' }
  return createApp({ settings, urls, middleware: [tellLanguage], migrations, logger, errorPage: showError, api })
}
