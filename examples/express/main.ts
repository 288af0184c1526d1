/** An Express server with sessions, a login and forms: `node --conditions=nuages-source examples/express/main.ts`. Log in as demo, demo-password. */
import express from 'express'
import { authenticate, createApp, defineSettings, env, login, logout } from 'nuages'
import { nuagesErrors, nuagesMiddleware, requireLogin } from 'nuages/express'
import { homePage, loginPage } from './pages.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
    note: string
  }
}

const settings = defineSettings({
  SECRET_KEY: env('SECRET_KEY', 'a key for this example, and for nothing else'),
  DATABASE_URL: env('DATABASE_URL', 'sqlite::memory:'),
  DEBUG: true,
  LOGIN_URL: '/login',
})
const nuages = createApp({ settings, urls: [] })
await nuages.migrate()
if ((await nuages.users.getByUsername('demo')) === null)
  await nuages.users.createUser({ username: 'demo', password: 'demo-password' })

const server = express()
server.use(express.urlencoded(), nuagesMiddleware(nuages))

server.get('/', async (req, res) => {
  const session = await req.nuages.session
  const visits = await session.update('visits', (visits = 0) => visits + 1)
  const user = await req.nuages.user
  const note = session.get('note') ?? ''
  res.send(homePage({ visits, username: user?.username ?? null, note, token: await req.nuages.csrf.token() }))
})

server.post('/note', async (req, res) => {
  const session = await req.nuages.session
  session.set('note', String(req.body?.note ?? ''))
  res.redirect('/')
})

server.get('/login', async (req, res) => {
  res.send(loginPage(await req.nuages.csrf.token()))
})

server.post('/login', async (req, res) => {
  const { username = '', password = '' } = req.body ?? {}
  const user = await authenticate(req.nuages, { username: String(username), password: String(password) })
  if (user === null) {
    res.status(401).send(loginPage(await req.nuages.csrf.token(), 'Name or password is wrong.'))
    return
  }
  await login(req.nuages, user)
  res.redirect('/')
})

server.post('/logout', async (req, res) => {
  await logout(req.nuages)
  res.redirect('/')
})

server.get('/account', requireLogin, async (req, res) => {
  res.json({ username: (await req.nuages.user)?.username })
})

server.use(nuagesErrors)

const running = server.listen(Number(env('PORT', '8000')), '127.0.0.1', () => {
  const address = running.address()
  if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}`)
})
