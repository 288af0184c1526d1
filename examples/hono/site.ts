/** The routes: a counter for everybody, a page for those who are logged in. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { type App, authenticate, isSafeRedirect, login, logout } from 'nuages'
import { nuagesErrors, nuagesMiddleware, requireLogin } from 'nuages/hono'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
  }
}

const page = (title: string, body: unknown): ReturnType<typeof html> =>
  html`<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`

/** Every form that changes something has one: browsers that send no `Origin` prove with it where it comes from. */
const csrfField = (token: string): ReturnType<typeof html> =>
  html`<input type="hidden" name="csrfmiddlewaretoken" value="${token}">`

const loginForm = (token: string, next: string, problem: string): ReturnType<typeof html> =>
  page(
    'Log in',
    html`<p>${problem}</p>
<form method="post">${csrfField(token)}
<input type="hidden" name="next" value="${next}">
<label>Name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button></form>`,
  )

export function createSite(nuages: App) {
  return new Hono()
    .use(nuagesMiddleware(nuages))
    .onError(nuagesErrors(nuages))
    .get('/', async c => {
      const { nuages } = c.var
      const visits = (await nuages.session).get('visits') ?? 0
      const user = await nuages.user
      const token = await nuages.csrf.token()
      const count = html`<form method="post" action="/count">${csrfField(token)}<button>Count</button></form>`
      const leave = html`<form method="post" action="/logout">${csrfField(token)}<button>Log out</button></form>`
      const door = user === null ? html`<a href="/login">Log in</a>` : leave
      return c.html(page(`Hello, ${user?.username ?? 'stranger'}`, html`<p>Counted: ${visits}</p>${count}${door}`))
    })
    .post('/count', async c => {
      const session = await c.var.nuages.session
      await session.update('visits', (visits = 0) => visits + 1)
      return c.redirect('/', 303)
    })
    .get('/login', async c => c.html(loginForm(await c.var.nuages.csrf.token(), c.req.query('next') ?? '', '')))
    .post('/login', async c => {
      const { nuages } = c.var
      const form = await nuages.POST
      const [username = '', password = '', next = ''] = ['username', 'password', 'next'].map(name => form.get(name))
      const user = await authenticate(nuages, { username, password })
      if (user === null) return c.html(loginForm(await nuages.csrf.token(), next, 'Wrong name or password.'), 422)
      await login(nuages, user)
      const isOurs = isSafeRedirect(next, { hosts: new Set([nuages.host]), requireHttps: nuages.isSecure })
      return c.redirect(isOurs ? next : '/', 303)
    })
    .post('/logout', async c => {
      await logout(c.var.nuages)
      return c.redirect('/', 303)
    })
    .get('/account', requireLogin(), async c => {
      const user = await c.var.nuages.user
      return c.html(page('Your account', html`<p>You are ${user?.username}.</p><a href="/">Home</a>`))
    })
}
