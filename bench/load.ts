/**
 * The load: some connections that send the next request as soon as the answer is there, on raw sockets, so that the load costs little itself.
 *
 * Run as `load.ts PORT SCENARIO SECONDS CONNECTIONS`; prints a line of JSON.
 */
import { connect, type Socket } from 'node:net'
import { type Scenario, scenarios, visitorKey, visitors } from './scenarios.ts'

const [port = '', name, seconds = '2', connections = '64'] = process.argv.slice(2)
const scenario = requireScenario(name)

function requireScenario(asked: string | undefined): Scenario {
  const found = scenarios.find(one => one.name === asked)
  if (found === undefined) throw new Error(`There is no scenario "${asked}".`)
  return found
}

const requests = Array.from({ length: visitors }, (_, index) =>
  Buffer.from(scenario.request(visitorKey(index)), 'latin1'),
)

let turn = 0
let answers = 0
let errors = 0
let counting = false
const latencies: number[] = []

const headEnd = Buffer.from('\r\n\r\n')
const lengthField = Buffer.from('\r\nContent-Length: ')
const good = Buffer.from('HTTP/1.1 200')

/** Every answer's status is looked at, every so many an answer's body: the load must cost less than the server. */
const bodyCheckEvery = 16

/** Bytes of the answer that begins `data`; -1 while it is not all there. */
function answerLength(data: Buffer): number {
  const head = data.indexOf(headEnd)
  const field = data.indexOf(lengthField)
  if (head < 0 || field < 0) return -1
  let length = 0
  for (let index = field + lengthField.length; data[index] !== 13; index += 1)
    length = length * 10 + (data[index] as number) - 48
  const all = head + headEnd.length + length
  return data.length >= all ? all : -1
}

function isRight(data: Buffer): boolean {
  if (data.compare(good, 0, good.length, 0, good.length) !== 0) return false
  return answers % bodyCheckEvery !== 0 || scenario.isRight(data.toString('latin1'))
}

function open(): Socket {
  const socket = connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  let rest: Buffer | null = null
  let started = 0
  const send = (): void => {
    started = performance.now()
    socket.write(requests[turn] as Buffer)
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
      if (length !== data.length || !isRight(data)) errors += 1
    }
    send()
  })
  socket.on('error', () => {
    errors += 1
  })
  return socket
}

/** Never sleeps: waking a sleeping process costs the server that answers more than the answer, and a slower server would pay it more often. */
function stayAwake(): void {
  if (!done) setImmediate(stayAwake)
}
let done = false
stayAwake()

const sockets = Array.from({ length: Number(connections) }, open)
await new Promise(resolve => setTimeout(resolve, 500))
counting = true
const began = performance.now()
await new Promise(resolve => setTimeout(resolve, Number(seconds) * 1000))
counting = false
done = true
const elapsed = (performance.now() - began) / 1000
for (const socket of sockets) socket.destroy()
latencies.sort((a, b) => a - b)
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
process.stdout.write(`${JSON.stringify({ perSecond: answers / elapsed, p50: at(0.5), p99: at(0.99), errors })}\n`)
