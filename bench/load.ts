/**
 * The load: some connections that send the next request as soon as the answer is there, on raw sockets, so that the load costs little itself.
 *
 * Run as `load.ts PORT SCENARIO SECONDS CONNECTIONS`; prints a line of JSON.
 */
import { connect, type Socket } from 'node:net'
import { scenarios, visitorKey, visitors } from './scenarios.ts'

const [port = '', name, seconds = '2', connections = '16'] = process.argv.slice(2)
const scenario = scenarios.find(one => one.name === name)
if (scenario === undefined) throw new Error(`There is no scenario "${name}".`)
const requests = Array.from({ length: visitors }, (_, index) =>
  Buffer.from(scenario.request(visitorKey(index)), 'latin1'),
)

let turn = 0
let answers = 0
let errors = 0
let counting = false
const latencies: number[] = []

/** Where the answer in `data` ends, head and body; -1 while it is not all there. */
function endOf(data: string): number {
  const headEnd = data.indexOf('\r\n\r\n')
  if (headEnd < 0) return -1
  const length = /\r\ncontent-length: (\d+)/i.exec(data.slice(0, headEnd))?.[1]
  const end = headEnd + 4 + Number(length ?? 0)
  return data.length >= end ? end : -1
}

function open(): Socket {
  const socket = connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  let data = ''
  let started = 0
  const send = (): void => {
    started = performance.now()
    socket.write(requests[turn] as Buffer)
    turn = (turn + 1) % requests.length
  }
  socket.on('connect', send)
  socket.on('data', chunk => {
    data += chunk.toString('latin1')
    const end = endOf(data)
    if (end < 0) return
    if (counting) {
      answers += 1
      latencies.push(performance.now() - started)
      if (!data.startsWith('HTTP/1.1 200') || !(scenario as (typeof scenarios)[number]).isRight(data)) errors += 1
    }
    data = data.slice(end)
    send()
  })
  socket.on('error', () => {
    errors += 1
  })
  return socket
}

const sockets = Array.from({ length: Number(connections) }, open)
await new Promise(resolve => setTimeout(resolve, 500))
counting = true
const began = performance.now()
await new Promise(resolve => setTimeout(resolve, Number(seconds) * 1000))
counting = false
const elapsed = (performance.now() - began) / 1000
for (const socket of sockets) socket.destroy()
latencies.sort((a, b) => a - b)
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
process.stdout.write(`${JSON.stringify({ perSecond: answers / elapsed, p50: at(0.5), p99: at(0.99), errors })}\n`)
