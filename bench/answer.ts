/**
 * Where an HTTP answer ends, found as cheaply as the load needs it: every server here says so in one of three ways.
 */

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('\r\n0\r\n\r\n')
const lengthFields = [Buffer.from('\r\nContent-Length: '), Buffer.from('\r\ncontent-length: ')] as const

/** Bytes of the answer that begins `data`; -1 while it is not all there. */
export function answerLength(data: Buffer): number {
  const head = data.indexOf(headEnd)
  if (head < 0) return -1
  const all = head + headEnd.length + bodyLength(data, head)
  return data.length >= all ? all : -1
}

function bodyLength(data: Buffer, head: number): number {
  for (const field of lengthFields) {
    const at = data.indexOf(field)
    if (at < 0 || at > head) continue
    let length = 0
    for (let index = at + field.length; data[index] !== 13; index += 1)
      length = length * 10 + (data[index] as number) - 48
    return length
  }
  const end = data.indexOf(lastChunk, head)
  return end < 0 ? Number.POSITIVE_INFINITY : end + lastChunk.length - head - headEnd.length
}

export interface Answer {
  readonly status: number
  /** Lines of the head, the status line first. */
  readonly head: readonly string[]
  readonly body: string
}

export function parseAnswer(data: Buffer): Answer {
  const text = data.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  return { status: Number(text.slice(9, 12)), head: text.slice(0, end).split('\r\n'), body: text.slice(end + 4) }
}
