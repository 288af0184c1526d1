/** The Nuages half of the example: a service below /nuages/ that shares users and sessions with the Django site. Start it with start.mjs. */
import {
  authenticate,
  createApp,
  defineSettings,
  env,
  type HttpRequest,
  HttpResponse,
  include,
  login,
  logout,
  path,
  redirect,
  requireHttpMethods,
  TooManyAttempts,
  updateSessionAuthHash,
} from 'nuages'
import { serve } from 'nuages/node'
import { page } from './page.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    django_count: number
    nuages_count: number
  }
}

/** The block that `nuages doctor` prints, and where the proxy is. */
const settings = defineSettings({
  SECRET_KEY: env('SECRET_KEY'),
  DATABASE_URL: env('DATABASE_URL'),
  DJANGO_VERSION: env('DJANGO_VERSION'),
  USE_TZ: true,
  TIME_ZONE: 'UTC',
  ALLOWED_HOSTS: ['127.0.0.1', 'localhost'],
  TRUSTED_PROXIES: ['127.0.0.1'],
  AUTH_PASSWORD_VALIDATORS: [{ NAME: 'django.contrib.auth.password_validation.MinimumLengthValidator' }],
})

const pages = ['/', '/nuages/']
const problems = new Map([
  ['login', 'The name or the password is wrong.'],
  ['password', 'The old password is wrong, or the new one is too short.'],
])

/** To the page that the form was on: each program answers forms of the other's page. */
async function back(request: HttpRequest, problem?: string): Promise<HttpResponse> {
  const next = (await request.POST).get('next') ?? ''
  const target = pages.includes(next) ? next : '/nuages/'
  return redirect(problem === undefined ? target : `${target}?problem=${problem}`)
}

async function home(request: HttpRequest): Promise<HttpResponse> {
  const session = await request.session
  const user = await request.user
  const text = page({
    username: user?.username ?? null,
    django: session.get('django_count') ?? 0,
    nuages: session.get('nuages_count') ?? 0,
    token: await request.csrf.token(),
    problem: problems.get(request.GET.get('problem') ?? '') ?? null,
  })
  return new HttpResponse(text)
}

async function count(request: HttpRequest): Promise<HttpResponse> {
  const session = await request.session
  await session.update('nuages_count', (count = 0) => count + 1)
  return back(request)
}

async function logIn(request: HttpRequest): Promise<HttpResponse> {
  const form = await request.POST
  const user = await verified(request, form.get('username') ?? '', form.get('password') ?? '')
  if (user === null) return back(request, 'login')
  await login(request, user)
  return back(request)
}

async function logOut(request: HttpRequest): Promise<HttpResponse> {
  await logout(request)
  return back(request)
}

async function changePassword(request: HttpRequest): Promise<HttpResponse> {
  const user = await request.user
  if (user === null) return back(request)
  const form = await request.POST
  const password = form.get('new') ?? ''
  const isWeak = request.app.users.validatePassword(password, user).length > 0
  if (isWeak || (await verified(request, user.username, form.get('old') ?? '')) === null)
    return back(request, 'password')
  const changed = await request.app.users.setPassword(user.id, password)
  if (changed !== null) await updateSessionAuthHash(request, changed)
  return back(request)
}

/** The account with this name and password. Too many failures answer as one: the page has one line for both. */
async function verified(request: HttpRequest, username: string, password: string): ReturnType<typeof authenticate> {
  try {
    return await authenticate(request, { username, password })
  } catch (error) {
    if (error instanceof TooManyAttempts) return null
    throw error
  }
}

const app = createApp({
  settings,
  urls: [
    path(
      'nuages/',
      include([
        path('', home),
        path('count/', requireHttpMethods(['POST'], count)),
        path('login/', requireHttpMethods(['POST'], logIn)),
        path('logout/', requireHttpMethods(['POST'], logOut)),
        path('password/', requireHttpMethods(['POST'], changePassword)),
      ]),
    ),
  ],
})

const demo = { username: 'ada', password: env('DEMO_PASSWORD') }
if ((await app.users.getByUsername(demo.username)) === null) await app.users.createUser(demo)
await serve(app, { port: Number(env('PORT')), host: '127.0.0.1' })
