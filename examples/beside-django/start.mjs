/**
 * Starts the example: a Django site and a Nuages service behind one nginx. `node examples/beside-django/start.mjs`, Ctrl-C stops all three.
 *
 * PORT (8000; 0 takes a free one), DATABASE_URL (a new SQLite file), SECRET_KEY (a new one), SESSION_ENGINE (Django's db), PYTHON (one that has Django).
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nginxConf } from './nginx.mjs'

const here = import.meta.dirname
const demoPassword = 'quiet-rain-on-tin-roofs'
/** Longest wait for a program to answer, in seconds. */
const patienceSeconds = 30

/** A Python that has Django, and the version. */
function findDjango() {
  for (const python of process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3']) {
    try {
      const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
      const version = execFileSync(python, ['-c', 'import django; print(django.get_version())'], options).trim()
      return { python, version }
    } catch {
      // This one has none, or is none: the next.
    }
  }
  return stop(
    'Django is missing. Debian: apt-get install python3-django. Elsewhere: pip install django, and PYTHON=path/to/its/python',
  )
}

function findNginx() {
  for (const nginx of ['nginx', '/usr/sbin/nginx']) {
    try {
      execFileSync(nginx, ['-v'], { stdio: 'ignore' })
      return nginx
    } catch {
      // Not on this path.
    }
  }
  return stop('nginx is missing. Debian: apt-get install nginx-light. macOS: brew install nginx')
}

function stop(problem) {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const { python, version } = findDjango()
const nginx = findNginx()
const folder = mkdtempSync(join(tmpdir(), 'beside-django-'))
const ports = {
  port: Number(process.env.PORT ?? 8000) || (await freePort()),
  django: await freePort(),
  nuages: await freePort(),
}
const env = {
  ...process.env,
  SECRET_KEY: process.env.SECRET_KEY ?? randomBytes(48).toString('base64url'),
  DATABASE_URL: process.env.DATABASE_URL ?? `sqlite:${join(folder, 'site.sqlite3')}`,
  DJANGO_VERSION: version,
  DEMO_PASSWORD: demoPassword,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONPATH: [join(here, '../../python'), process.env.PYTHONPATH].filter(Boolean).join(':'), // for SESSION_ENGINE=nuages_sessions
}

const children = []
let isStopping = false

/** Ends all programs, and waits for them. */
async function stopAll(code) {
  if (isStopping) return
  isStopping = true
  const ends = children
    .filter(child => child.exitCode === null && child.signalCode === null)
    .map(child => once(child, 'close'))
  for (const child of children) child.kill('SIGTERM')
  await Promise.race([Promise.all(ends), sleep(5000)])
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  process.exit(code)
}

/** A program that runs as long as the others do. Ctrl-C is not for it: it ends with all of them. */
function start(name, command, args, more = {}) {
  const child = spawn(command, args, {
    cwd: here,
    env: { ...env, ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  child.once('error', error => process.stderr.write(`${name}: ${error.message}\n`))
  child.once('close', code => {
    if (!isStopping) process.stderr.write(`${name} ended (${code}), so the others do, too.\n`)
    stopAll(1)
  })
  children.push(child)
}

/** Resolves when a program answers, whatever it says. */
async function answers(url) {
  for (let tries = 0; tries < patienceSeconds * 10; tries += 1) {
    if (
      await fetch(url).then(
        response => response.status < 500,
        () => false,
      )
    )
      return
    await sleep(100)
  }
  process.stderr.write(`${url} does not answer.\n`)
  await stopAll(1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stopAll(0))

const conf = join(folder, 'nginx.conf')
const user = process.getuid?.() === 0 ? userInfo().username : null
writeFileSync(conf, nginxConf({ folder, files: here, user, ...ports }))
try {
  execFileSync(python, ['django_site.py', 'migrate', '--verbosity', '0'], {
    cwd: here,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
} catch {
  await stopAll(1) // Python has said why
}
start('Django', python, ['django_site.py', 'runserver', '--noreload', `127.0.0.1:${ports.django}`])
start('Nuages', process.execPath, ['--conditions=nuages-source', 'service.ts'], { PORT: String(ports.nuages) })
await answers(`http://127.0.0.1:${ports.django}/`)
await answers(`http://127.0.0.1:${ports.nuages}/nuages/`)
start('nginx', nginx, ['-e', 'stderr', '-p', folder, '-c', conf])
const url = `http://127.0.0.1:${ports.port}/`
await answers(url)
process.stdout.write(
  `Open ${url} and log in as ada, ${demoPassword}. Ctrl-C stops Django ${version}, Nuages and nginx.\n`,
)
