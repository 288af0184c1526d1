/**
 * Who is measured, how each is started, and what it cannot do.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreName } from './stores.ts'

export const floorName = 'floor'

export interface Contender {
  readonly name: string
  readonly title: string
  /** Beside this file; `.py` runs in the system's Python, where Debian puts Django. */
  readonly program: string
  /** Where its users are, and in which column the name that an answer shows. */
  readonly users: { readonly table: string; readonly name: string }
  readonly sessions: string
  /** Package of bench/others whose version is shown. */
  readonly shown: readonly string[]
  /** Header lines of those who have no session. */
  readonly headers?: string
  /** The reason, by scenarios whose name begins so; with `only`, in these stores. */
  readonly cannot?: readonly { readonly scenario: string; readonly only?: StoreName; readonly reason: string }[]
}

const other = (name: string, title: string, shown: readonly string[]): Contender => ({
  name,
  title,
  program: `others/${name}.js`,
  users: { table: 'users', name: 'username' },
  sessions: 'session',
  shown,
})

/** Any pair of these that agree: Django asks for no more. */
const csrfToken = 'a'.repeat(64)
const noServer = 'it is no server, and answers no other routes than its own'

export const contenders: readonly Contender[] = [
  { ...other(floorName, 'floor', []), program: 'floor.ts' },
  {
    name: 'nuages',
    title: 'Nuages',
    program: 'nuages.ts',
    users: { table: 'auth_user', name: 'username' },
    sessions: 'django_session',
    shown: [],
  },
  other('express', 'Express', ['express', 'express-session', 'connect-pg-simple', 'connect-redis']),
  other('fastify', 'Fastify', ['fastify', '@fastify/session']),
  other('hono', 'Hono', ['hono', '@hono/node-server', 'hono-sessions']),
  {
    ...other('adonis', 'AdonisJS', ['@adonisjs/core', '@adonisjs/session', '@adonisjs/auth', '@adonisjs/lucid']),
    program: 'others/adonis/main.js',
    sessions: 'sessions',
  },
  {
    ...other('better-auth', 'Better Auth', ['better-auth']),
    users: { table: '"user"', name: 'name' },
    cannot: [
      { scenario: 'ping', reason: noServer },
      { scenario: 'first-route', reason: noServer },
      { scenario: 'cart', reason: 'its sessions hold no data of the application that it would save from a view' },
      { scenario: 'read', only: 'redis', reason: 'keeps a copy of the user beside the session, and reads no user row' },
    ],
  },
  {
    ...other('django', 'Django', []),
    program: 'others/django/serve.py',
    users: { table: 'auth_user', name: 'username' },
    sessions: 'django_session',
    headers: `Cookie: csrftoken=${csrfToken}\r\nX-CSRFToken: ${csrfToken}\r\n`,
  },
]

const python = '/usr/bin/python3'

/** Why a contender cannot take part at all; `null`: it can. */
export function whyMissing({ name }: Contender): string | null {
  if (name !== 'django') return null
  const script = 'import django, gunicorn, psycopg2, django_redis'
  try {
    execFileSync(python, ['-c', script], { stdio: 'ignore' })
    return null
  } catch {
    return 'apt-get install python3-django gunicorn python3-psycopg2 python3-django-redis'
  }
}

export function whyNot({ cannot = [] }: Contender, scenario: string, store: StoreName): string | null {
  const found = cannot.find(({ scenario: start, only = store }) => scenario.startsWith(start) && only === store)
  return found?.reason ?? null
}

/** The program that runs a contender, and what comes before its own arguments. */
export function commandOf({ program }: Contender): readonly string[] {
  const file = join(import.meta.dirname, program)
  return program.endsWith('.py') ? [python, file] : [process.execPath, '--conditions=nuages-source', file]
}

function packageVersion(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** `Express 5.3.0, express-session 1.19.0`. */
export function versionsOf({ name, title, shown }: Contender): string {
  if (name === floorName) return 'floor: node:http by hand'
  if (name === 'nuages') return `Nuages ${packageVersion(join(import.meta.dirname, '..'))}`
  if (name === 'django') {
    const script =
      'import sys, django, gunicorn; print(f"Django {django.__version__} with gunicorn {gunicorn.__version__}, Python {sys.version.split()[0]}")'
    return execFileSync(python, ['-c', script], { encoding: 'utf8' }).trim()
  }
  const folder = join(import.meta.dirname, 'others/node_modules')
  const [first, ...rest] = shown.map(one => `${one} ${packageVersion(join(folder, one))}`)
  return [`${title} ${first?.split(' ')[1]}`, ...rest].join(', ')
}
