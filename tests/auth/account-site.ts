/**
 * A small site whose visitors reset passwords and verify addresses, for the tests of both.
 */
import type { TestContext } from 'node:test'
import { type App, type AppOptions, createApp } from '../../src/app/index.ts'
import {
  type AccountMails,
  isEmailVerified,
  logoutEverywhere,
  openPasswordReset,
  requireUser,
  resetPassword,
  sendEmailVerification,
  sendPasswordReset,
  verifyEmail,
} from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse, redirect } from '../../src/http/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { path } from '../../src/urls/index.ts'

export const siteKey = 'the key of the tests of links'
export const password = 'quiet-rain-on-tin-roofs'
export const newPassword = 'louder-hail-on-glass'

interface Link {
  uid: string
  token: string
}

async function fieldOf(request: HttpRequest, name: string): Promise<string> {
  return (await request.POST).get(name) ?? ''
}

/** The mail that a request asks for by its subject; none: that of the site. */
async function letterOf(request: HttpRequest): Promise<AccountMails['passwordReset'] | undefined> {
  const subject = await fieldOf(request, 'subject')
  return subject === '' ? undefined : ({ user, link }) => ({ subject: `${subject}, ${user.username}`, text: link })
}

const text = (value: unknown, status = 200): HttpResponse => new HttpResponse(String(value), { status })

const urls = [
  path('forgot/', async (request: HttpRequest) => {
    await sendPasswordReset(request, await fieldOf(request, 'email'), {
      path: ({ uid, token }) => `/reset/${uid}/${token}/`,
      text: await letterOf(request),
    })
    return text('sent')
  }),
  path('reset/<str:uid>/<str:token>/', async (request: HttpRequest, link: Link) => {
    if (request.method !== 'POST') {
      const { state, user } = await openPasswordReset(request, link)
      return state === 'moved'
        ? redirect(`/reset/${link.uid}/set-password/`)
        : text(`${state} ${user?.username ?? '-'}`)
    }
    const login = (await fieldOf(request, 'login')) !== ''
    const user = await resetPassword(request, { ...link, password: await fieldOf(request, 'password'), login })
    return user === null ? text('dead', 410) : text(`set ${user.username}`)
  }),
  path('verify/', async (request: HttpRequest) => {
    const user = await requireUser(request)
    await sendEmailVerification(request, user, {
      path: ({ uid, token }) => `/verify/${uid}/${token}/`,
      text: await letterOf(request),
    })
    return text('sent')
  }),
  path('verify/<str:uid>/<str:token>/', async (request: HttpRequest, link: Link) => {
    const user = await verifyEmail(request, link)
    return user === null ? text('dead', 410) : text(`verified ${user.email}`)
  }),
  path('verified/', async (request: HttpRequest) => text(await isEmailVerified(request, await requireUser(request)))),
  path('everywhere/', async (request: HttpRequest) => {
    await logoutEverywhere(request)
    return text('out')
  }),
  path('who/', async (request: HttpRequest) => text((await request.user)?.username ?? 'nobody')),
]

export interface SiteOptions extends Pick<AppOptions, 'accountMails' | 'clock' | 'logger' | 'mailTransport'> {
  readonly settings?: Partial<SettingsInput>
}

/** Not migrated yet; closed with the test. Mail is in `app.mail.outbox`. */
export function createSite(
  t: TestContext,
  url: string,
  { settings, logger = null, ...options }: SiteOptions = {},
): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: siteKey,
      DATABASE_URL: url,
      ALLOWED_HOSTS: ['localhost', 'shop.example'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }],
      EMAIL_BACKEND: 'locmem',
      EMAIL_VERIFICATION: true,
      ...settings,
    }),
    urls,
    logger,
    ...options,
  })
  t.after(() => app.close())
  return app
}

/** The site with `ada`, who has an address and a password. Default: in memory. */
export async function openSite(
  t: TestContext,
  { url = 'sqlite::memory:', ...options }: SiteOptions & { url?: string } = {},
): Promise<App> {
  const app = createSite(t, url, options)
  await app.migrate()
  await app.users.createUser({ username: 'ada', password, email: 'ada@example.com' })
  return app
}

/** The path of the link in the last mail, when everything is sent. */
export async function lastLink(app: App): Promise<string> {
  await app.mail.idle()
  const link = /^https?:\/\/\S+$/m.exec(app.mail.outbox.at(-1)?.text ?? '')?.[0]
  if (link === undefined) throw new Error('There is no mail with a link.')
  return new URL(link).pathname
}
