/**
 * The load: some connections that send the next request as soon as the answer is there, on raw sockets, so that the load costs little itself.
 *
 * Run as `load.ts PORT SCENARIO OPTIONS`, options in JSON; prints a line of JSON.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { answerLength } from './answer.ts'
import { processorMicroseconds } from './processor-time.ts'
import { findScenario, warmVisitors } from './scenarios.ts'

export interface LoadOptions {
  /** The server's process. */
  readonly pid: number
  readonly seconds: number
  readonly connections: number
  /** File of the visitors: header lines as JSON, one visitor a line. */
  readonly visitors: string
  /** Header lines of nobody's requests. */
  readonly headers: string
  /** The visitor to begin with: the one after the last of the load before. */
  readonly from: number
  /** True where nothing but the server and the load computes. */
  readonly mayStayAwake: boolean
}

export interface Measured {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Microseconds that the server computed for one request. */
  readonly processor: number
  readonly errors: number
  /** The first wrong answer. */
  readonly wrong: string | null
  readonly next: number
}

const [port = '', name, text = '{}'] = process.argv.slice(2)
const scenario = findScenario(name)
const { pid, seconds, connections, visitors, headers, from, mayStayAwake } = JSON.parse(text) as LoadOptions

function loadRequests(): readonly string[] {
  if (scenario.visitors === 'none') return [scenario.request(headers)]
  const lines = readFileSync(visitors, 'latin1').trimEnd().split('\n')
  const some = scenario.visitors === 'warm' ? lines.slice(0, warmVisitors) : lines
  return some.map(line => scenario.request(JSON.parse(line) as string))
}

const requests = loadRequests()
let turn = from % requests.length
let answers = 0
let errors = 0
let wrong: string | null = null
let counting = false
let done = false
const latencies: number[] = []
const good = Buffer.from('HTTP/1.1 200')

/** Every answer's status is looked at, every so many an answer's body: the load must cost less than the server. */
const bodyCheckEvery = 16

function isRight(data: Buffer): boolean {
  if (data.compare(good, 0, good.length, 0, good.length) !== 0) return false
  return answers % bodyCheckEvery !== 0 || scenario.isRight(data.toString('latin1'))
}

function fail(why: string): void {
  errors += 1
  wrong ??= why
}

function open(): Socket {
  const socket = connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  let rest: Buffer | null = null
  let started = 0
  const send = (): void => {
    started = performance.now()
    socket.write(requests[turn] as string, 'latin1')
    turn = (turn + 1) % requests.length
  }
  socket.on('connect', send)
  socket.on('data', (chunk: Buffer) => {
    const data: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk])
    const length = answerLength(data)
    rest = length < 0 ? data : null
    if (length < 0) return
    if (counting) {
      answers += 1
      latencies.push(performance.now() - started)
    }
    if (length !== data.length || !isRight(data)) fail(data.toString('latin1'))
    send()
  })
  socket.on('error', error => fail(error.message))
  socket.on('close', () => {
    if (!done) fail('The server closed the connection.')
  })
  return socket
}

/** Never sleeps: waking a sleeping process costs the server that answers more than the answer, and a slower server would pay it more often. */
function stayAwake(): void {
  if (!done) setImmediate(stayAwake)
}
if (mayStayAwake) stayAwake()

const sockets = Array.from({ length: connections }, open)
await new Promise(resolve => setTimeout(resolve, Math.min(500, seconds * 500)))
counting = true
const began = performance.now()
const computed = processorMicroseconds(pid)
const patienceMs = 30_000
do await new Promise(resolve => setTimeout(resolve, seconds * 1000))
while (answers === 0 && performance.now() - began < patienceMs)
counting = false
done = true
const processor = (processorMicroseconds(pid) - computed) / answers
const elapsed = (performance.now() - began) / 1000
for (const socket of sockets) socket.destroy()
latencies.sort((a, b) => a - b)
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
if (answers === 0) fail('No answer came in time.')
const measured: Measured = {
  perSecond: answers / elapsed,
  p50: at(0.5),
  p99: at(0.99),
  processor,
  errors,
  wrong,
  next: turn,
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
