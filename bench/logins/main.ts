/**
 * `npm run bench:logins`: how long other requests take while a class logs in at the same minute.
 *
 * A visitor who is logged in asks for a page, again and again at a steady rate; in every second stretch so many others log in at once. Fails when
 * the p99 of the page is twice that of the quiet stretches, or more. `--logins N` (20), `--rounds N` (5), `--rate N` (200 a second).
 */
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median, quantile } from '../sessions/figures.ts'

const { values } = parseArgs({
  options: {
    logins: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
  },
})
const quietMs = 3000
const mostRatio = 2

const server = spawn(process.execPath, ['--conditions=nuages-source', join(import.meta.dirname, 'server.ts')], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
})
const port = Number(String(await new Promise(resolve => server.stdout?.once('data', resolve))))
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

interface Answer {
  readonly status: number
  readonly cookie: string
}

function ask(method: string, path: string, cookie = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = cookie === '' ? {} : { cookie }
    request({ port, host: '127.0.0.1', method, path, headers, agent }, response => {
      const [set = ''] = response.headers['set-cookie'] ?? []
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode ?? 0, cookie: set.split(';', 1)[0] ?? '' }))
    })
      .on('error', reject)
      .end()
  })
}

/** Asks for the page until `end`, at a steady rate, whatever the answers do. Resolves how long each took. */
async function visit(cookie: string, end: Promise<unknown>): Promise<readonly number[]> {
  const state = { isOver: false }
  void end.then(() => {
    state.isOver = true
  })
  const everyMs = 1000 / Number(values.rate)
  const running: Promise<number>[] = []
  for (let dueAt = performance.now(); !state.isOver; dueAt += everyMs) {
    await sleep(Math.max(0, dueAt - performance.now()))
    const began = dueAt
    running.push(
      ask('GET', '/me/', cookie).then(({ status }) => {
        if (status !== 200) throw new Error(`The page was answered ${status}.`)
        return performance.now() - began
      }),
    )
  }
  return Promise.all(running)
}

async function burst(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: Number(values.logins) }, () => ask('POST', '/login/')))
  const failed = answers.filter(({ status }) => status !== 200)
  if (failed.length > 0) throw new Error(`${failed.length} logins were answered ${failed[0]?.status}.`)
}

try {
  const { cookie } = await ask('POST', '/login/')
  await visit(cookie, sleep(quietMs))
  const rounds: { readonly quiet: number; readonly busy: number; readonly seconds: number }[] = []
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const quiet = quantile(await visit(cookie, sleep(quietMs)), 0.99)
    const began = performance.now()
    const busy = quantile(await visit(cookie, burst()), 0.99)
    rounds.push({ quiet, busy, seconds: (performance.now() - began) / 1000 })
  }
  const ratio = median(rounds.map(({ quiet, busy }) => busy / quiet))
  const of = (pick: (round: (typeof rounds)[number]) => number): string => median(rounds.map(pick)).toFixed(2)
  process.stdout.write(
    `p99 of a page: ${of(({ quiet }) => quiet)} ms, ${of(({ busy }) => busy)} ms while ${values.logins} log in (${of(({ seconds }) => seconds)} s): ${ratio.toFixed(2)} times\n`,
  )
  if (ratio >= mostRatio) process.exitCode = 1
} finally {
  agent.destroy()
  server.kill()
}
