/** What compiles and what must not: `nuages/hono`. Checked by `tsc`, never run. */
import { Hono } from 'hono'
import { createApp, defineSettings, type HttpRequest, type Session, type User } from 'nuages'
import { type NuagesEnv, nuagesErrors, nuagesMiddleware, nuagesSessions, requireLogin } from 'nuages/hono'
import { z } from 'zod'

const settings = defineSettings({ SECRET_KEY: 'secret' })
const nuages = createApp({ settings, urls: [] })

// In a chain the variable is inferred, beside those of other middleware.
new Hono<{ Variables: { other: number } }>()
  .use(nuagesMiddleware(nuages))
  .use('/account/*', requireLogin())
  .get('/', async c => {
    const request: HttpRequest = c.var.nuages
    const session: Session = await c.get('nuages').session
    const user: User | null = await request.user
    const { name } = await request.validate(z.object({ name: z.string() }))
    const token: string = await request.csrf.token()
    // @ts-expect-error: the name is text
    const wrong: number = name
    return c.json([session.size, user?.username, c.var.other.toFixed(), token, wrong])
  })
  .onError(nuagesErrors(nuages, (error, c) => c.text(error.message, 500)))

// Said once, it is there in every handler.
const app = new Hono<NuagesEnv>()
app.use(nuagesSessions(settings, { csrfExempt: c => c.req.path === '/hook', ip: () => null, logger: null }))
app.get('/', c => c.text(c.var.nuages.path))
app.route('/sub', new Hono<NuagesEnv>())

// @ts-expect-error: without the middleware there is no such variable
new Hono<{ Variables: { other: number } }>().get('/', c => c.text(c.var.nuages.path))
// @ts-expect-error: routes of an app are not the server's
nuagesSessions(settings, { urls: [] })
// @ts-expect-error: an exemption is a function of the context
nuagesMiddleware(nuages, { csrfExempt: ['/hook'] })
nuagesSessions(settings).app.users.get(1)
