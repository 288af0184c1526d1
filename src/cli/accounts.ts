/**
 * `nuages createsuperuser` and `nuages changepassword`.
 */
import type { App } from '../app/index.ts'
import { type FieldColumn, type NewUser, UserExistsError } from '../auth/index.ts'
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

/** Tells what a column of the application's own is to hold, by its name. */
type Answer = (column: string, expected: string) => Promise<string>

/** Django's name, so that a site's deployment carries over. */
const passwordVariable = 'DJANGO_SUPERUSER_PASSWORD'

export async function createSuperuser(app: App, options: SuperuserOptions): Promise<void> {
  if (!options.input) return createUnasked(app, options)
  const prompt = new Prompt()
  try {
    const username = options.username ?? (await askUsername(app, prompt))
    await requireFreeUsername(app, username)
    const email = hasOwnEmail(app)
      ? (options.email ?? (await prompt.ask('Email address (may be left empty): ')))
      : undefined
    const account = { username, ...(email !== undefined && { email }) }
    const fields = await requiredFields(app, (column, expected) => prompt.ask(`${column} (${expected}): `))
    await create(app, { ...account, ...fields, password: await askPassword(app, prompt, account) })
  } finally {
    prompt.close()
  }
}

/** Without a password in the environment, nobody can log in with one until `changepassword`. */
async function createUnasked(app: App, { username, email }: SuperuserOptions): Promise<void> {
  if (username === undefined) throw new CommandFailed('--noinput cannot ask for the name. Give it: --username NAME')
  await requireFreeUsername(app, username)
  const account = { username, ...(hasOwnEmail(app) && email !== undefined && { email }) }
  const fields = await requiredFields(app, async (column, expected) => {
    const variable = `DJANGO_SUPERUSER_${column.toUpperCase()}`
    const value = env(variable, '')
    if (value === '') throw new CommandFailed(`--noinput cannot ask for ${column}. Set ${variable}: ${expected}.`)
    return value
  })
  const password = env(passwordVariable, '')
  if (password === '') return create(app, { ...account, ...fields })
  const problems = app.users.validatePassword(password, account)
  if (problems.length === 0) return create(app, { ...account, ...fields, password })
  throw new CommandFailed(problems.map(({ message }) => `${passwordVariable}: ${message}`).join('\n'))
}

/** False where the address is the name, or the table has none. */
function hasOwnEmail(app: App): boolean {
  const { columns, hasEmailNames } = app.users.table
  return columns.email !== null && !hasEmailNames
}

/** How a value is written on a line, and what it then is; `undefined`: nothing. */
const readers: Readonly<
  Record<FieldColumn['type'], { readonly expected: string; readonly read: (text: string) => unknown }>
> = {
  text: { expected: 'text', read: text => text },
  integer: { expected: 'a whole number', read: text => (/^-?\d{1,10}$/.test(text) ? Number(text) : undefined) },
  number: {
    expected: 'a number',
    read: text => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  },
  boolean: { expected: 'yes or no', read: text => ({ yes: true, no: false })[text.toLowerCase()] },
  time: {
    expected: 'a time like 2026-01-31T12:00:00Z',
    read: text => (Number.isNaN(Date.parse(text)) ? undefined : new Date(text)),
  },
  date: {
    expected: 'a date like 2026-01-31',
    read: text => (/^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined),
  },
}

/** The columns of the application's own that an account cannot be without. */
async function requiredFields(app: App, answer: Answer): Promise<Pick<NewUser, 'fields'>> {
  const fields: Record<string, unknown> = {}
  for (const [name, { column, type, default: fallback }] of app.users.table.fields) {
    if (fallback !== undefined) continue
    const { expected, read } = readers[type]
    const value = read(await answer(column, expected))
    if (value === undefined) throw new CommandFailed(`${column} is ${expected}.`)
    fields[name] = value
  }
  return { fields } as Pick<NewUser, 'fields'>
}

async function create(app: App, fields: NewUser): Promise<void> {
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
  if (!app.users.isValidUsername(username)) throw new CommandFailed(usernameRule(app))
  if ((await app.users.getByUsername(app.users.normalizeUsername(username))) !== null) throw taken(username)
}

function usernameRule(app: App): string {
  if (app.users.table.hasEmailNames) return 'The name is an address: ada@example.com'
  return 'A username has 1 to 150 letters, digits and @ . + - _'
}

async function askUsername(app: App, prompt: Prompt): Promise<string> {
  for (;;) {
    const username = await prompt.ask(app.users.table.hasEmailNames ? 'Email address: ' : 'Username: ')
    if (!app.users.isValidUsername(username)) prompt.say(usernameRule(app))
    else if ((await app.users.getByUsername(app.users.normalizeUsername(username))) === null) return username
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
  const user = await app.users.getByUsername(app.users.normalizeUsername(username))
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
