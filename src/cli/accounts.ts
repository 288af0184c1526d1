/**
 * `nuages createsuperuser` and `nuages changepassword`.
 */
import type { App } from '../app/index.ts'
import { isValidUsername, normalizeUsername, UserExistsError } from '../auth/index.ts'
import { env } from '../settings/index.ts'
import { CommandFailed } from './errors.ts'
import { Prompt } from './prompt.ts'

export interface SuperuserOptions {
  readonly username?: string
  readonly email?: string
  /** False: asks nothing. */
  readonly input: boolean
}

/** What the password of a new account may not resemble. */
interface Account {
  readonly username: string
  readonly email?: string
}

/** Django's name, so that a site's deployment carries over. */
const passwordVariable = 'DJANGO_SUPERUSER_PASSWORD'

export async function createSuperuser(app: App, options: SuperuserOptions): Promise<void> {
  if (!options.input) return createUnasked(app, options)
  const prompt = new Prompt()
  try {
    const username = options.username ?? (await askUsername(app, prompt))
    await requireFreeUsername(app, username)
    const email = options.email ?? (await prompt.ask('Email address (may be left empty): '))
    const password = await askPassword(app, prompt, { username, email })
    await create(app, { username, email, password })
  } finally {
    prompt.close()
  }
}

/** Without a password in the environment, nobody can log in with one until `changepassword`. */
async function createUnasked(app: App, { username, email = '' }: SuperuserOptions): Promise<void> {
  if (username === undefined) throw new CommandFailed('--noinput cannot ask for the name. Give it: --username NAME')
  await requireFreeUsername(app, username)
  const password = env(passwordVariable, '')
  if (password === '') return create(app, { username, email })
  const problems = app.users.validatePassword(password, { username, email })
  if (problems.length === 0) return create(app, { username, email, password })
  throw new CommandFailed(problems.map(({ message }) => `${passwordVariable}: ${message}`).join('\n'))
}

async function create(app: App, fields: Account & { readonly password?: string }): Promise<void> {
  try {
    const user = await app.users.createSuperuser(fields)
    const way = fields.password === undefined ? ` It has no password: nuages changepassword ${user.username}` : ''
    process.stdout.write(`Superuser ${user.username} was created.${way}\n`)
  } catch (error) {
    throw error instanceof UserExistsError ? taken(fields.username) : error
  }
}

function taken(username: string): CommandFailed {
  return new CommandFailed(
    `There is a user ${username} already. Take another name, or: nuages changepassword ${username}`,
  )
}

async function requireFreeUsername(app: App, username: string): Promise<void> {
  if (!isValidUsername(username)) throw new CommandFailed(usernameRule)
  if ((await app.users.getByUsername(normalizeUsername(username))) !== null) throw taken(username)
}

const usernameRule = 'A username has 1 to 150 letters, digits and @ . + - _'

async function askUsername(app: App, prompt: Prompt): Promise<string> {
  for (;;) {
    const username = await prompt.ask('Username: ')
    if (!isValidUsername(username)) prompt.say(usernameRule)
    else if ((await app.users.getByUsername(normalizeUsername(username))) === null) return username
    else prompt.say('That name is taken.')
  }
}

/** Asks until a password is good, and given the same way twice. */
async function askPassword(app: App, prompt: Prompt, account: Account): Promise<string> {
  for (;;) {
    const password = await prompt.askHidden('Password: ')
    const problems = app.users.validatePassword(password, account)
    for (const { message } of problems) prompt.say(message)
    if (problems.length > 0) continue
    if ((await prompt.askHidden('Password again: ')) === password) return password
    prompt.say('The two passwords are not the same.')
  }
}

export async function changePassword(app: App, username: string): Promise<void> {
  const user = await app.users.getByUsername(normalizeUsername(username))
  if (user === null) throw new CommandFailed(`There is no user ${username}. Create one: nuages createsuperuser`)
  const prompt = new Prompt()
  try {
    prompt.say(`A new password for ${user.username}.`)
    await app.users.setPassword(user.id, await askPassword(app, prompt, user))
    prompt.say(`The password of ${user.username} was changed. All sessions of this account are logged out.`)
  } finally {
    prompt.close()
  }
}
