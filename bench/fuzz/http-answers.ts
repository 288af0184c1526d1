/** The answers in a stream of bytes. Strict: whatever a client could take for something else is a broken promise. */
import { token } from './http-requests.ts'

export interface Answer {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
  readonly closes: boolean
}

export interface ReceivedStream {
  readonly answers: readonly Answer[]
  /** How many answers `100 Continue` there were. */
  readonly continues: number
  /** The last one is not whole, and not in `answers`. */
  readonly isCut: boolean
}

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\t -~]*$/
const fieldLine = new RegExp(`^(${token}): ((?:[\\t -~]*[!-~])?)$`)

/** `methods`: of the requests, in order: what answers HEAD has no body. */
export function readAnswers(stream: string, methods: readonly string[]): ReceivedStream {
  const answers: Answer[] = []
  let continues = 0
  let at = 0
  while (at < stream.length) {
    const headEnd = stream.indexOf('\r\n\r\n', at)
    if (headEnd < 0) return { answers, continues, isCut: true }
    const { status, fields } = readHead(stream.slice(at, headEnd))
    at = headEnd + 4
    if (status < 200) {
      if (status !== 100 || fields.size > 0) throw new Error(`An answer with the status ${status}.`)
      continues += 1
      continue
    }
    const end = bodyEnd(stream, at, { status, fields, isHead: methods[answers.length] === 'HEAD' })
    if (end === null) return { answers, continues, isCut: true }
    const closes = fields.get('connection')?.toLowerCase() === 'close'
    answers.push({ status, fields, body: stream.slice(at, end), closes })
    if (closes && end < stream.length)
      throw new Error(`After the last answer comes ${JSON.stringify(stream.slice(end, end + 200))}`)
    at = end
  }
  return { answers, continues, isCut: false }
}

function readHead(head: string): { readonly status: number; readonly fields: Map<string, string> } {
  const [first = '', ...lines] = head.split('\r\n')
  const status = statusLine.exec(first)?.[1]
  if (status === undefined) throw new Error(`An answer begins with ${JSON.stringify(first)}.`)
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = fieldLine.exec(line) ?? []
    if (name === undefined) throw new Error(`An answer has the field ${JSON.stringify(line)}.`)
    const key = name.toLowerCase()
    if (fields.has(key) && key !== 'set-cookie') throw new Error(`An answer has two fields ${name}.`)
    fields.set(key, value)
  }
  return { status: Number(status), fields }
}

interface Framed {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly isHead: boolean
}

/** Where the body ends; `null` when the stream ends before. */
function bodyEnd(stream: string, start: number, { status, fields, isHead }: Framed): number | null {
  const length = fields.get('content-length')
  const coding = fields.get('transfer-encoding')
  if (length !== undefined && (coding !== undefined || !/^\d+$/.test(length)))
    throw new Error('An answer is framed twice.')
  if (status === 204 && (length ?? coding) !== undefined) throw new Error('An answer without a body is framed.')
  if (isHead || status === 204 || status === 304) return start
  if (coding !== undefined) {
    if (coding !== 'chunked') throw new Error(`An answer has the coding ${coding}.`)
    return chunksEnd(stream, start)
  }
  const end = length === undefined ? stream.length : start + Number(length)
  return end > stream.length ? null : end
}

function chunksEnd(stream: string, start: number): number | null {
  for (let at = start; ; ) {
    const lineEnd = stream.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const line = stream.slice(at, lineEnd)
    if (!/^[0-9a-f]+$/.test(line)) throw new Error(`An answer has the chunk ${JSON.stringify(line)}.`)
    at = lineEnd + 2 + Number.parseInt(line, 16)
    if (at + 2 > stream.length) return null
    if (!stream.startsWith('\r\n', at)) throw new Error('A chunk of an answer is longer than it says.')
    at += 2
    if (/^0+$/.test(line)) return at
  }
}
