/**
 * Sends uploads: `load.ts PORT BYTES COUNT`, so many at once, each with one file of so many bytes, as fast as they are taken.
 *
 * Prints how long it took, and whether each answer told of all bytes. Writes to the socket itself, so that the load is lighter than any server.
 */
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const [port = 0, bytes = 0, count = 1] = process.argv.slice(2).map(Number)

/** Random: it has line breaks and dashes as often as a photo. */
const block = randomFillSync(Buffer.allocUnsafe(262_144))
const boundary = '----uploads-of-a-measurement-7f3a1c'
const before = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`
const after = `\r\n--${boundary}--\r\n`
const head = [
  'POST /upload HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  `Content-Type: multipart/form-data; boundary=${boundary}`,
  `Content-Length: ${before.length + bytes + after.length}`,
  'Connection: close',
  '\r\n',
].join('\r\n')

async function send(socket: Socket, piece: string | Uint8Array): Promise<void> {
  if (!socket.write(piece)) await once(socket, 'drain')
}

/** True when the answer says that every byte is in a file. */
async function upload(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  await send(socket, head + before)
  for (let left = bytes; left > 0; left -= block.byteLength) await send(socket, block.subarray(0, left))
  await send(socket, after)
  await closed
  return answer.startsWith('HTTP/1.1 200 ') && answer.includes(`"bytes":${bytes}}`)
}

const began = performance.now()
const outcomes = await Promise.allSettled(Array.from({ length: count }, upload))
const seconds = (performance.now() - began) / 1000
const wrong = outcomes.filter(outcome => outcome.status === 'rejected' || !outcome.value).length
console.log(JSON.stringify({ seconds, wrong }))
// A server that closes early leaves an upload that waits for room.
process.exit()
