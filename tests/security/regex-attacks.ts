/**
 * Texts that a backtracking regular expression takes longest for.
 *
 * Reads an expression far enough to know its repetitions: for each the shortest text that leads there, then what it repeats, many times, then
 * something that does not fit.
 */

type Node =
  | { readonly kind: 'text'; readonly samples: readonly string[] }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly least: number; readonly endless: boolean }

/** What a class of characters may be tried with. */
const candidates = ' \t\r\n\0!"#$%&\'()*+,-./0159:;<=>?@AFZ[\\]^_`afnxz{|}~\u00a0\u00e9\u2028\u{1f600}'

class Reader {
  readonly #source: string
  readonly #flags: string
  #at = 0

  constructor({ source, flags }: RegExp) {
    this.#source = source
    this.#flags = flags.replace(/[gy]/g, '')
  }

  /** Alternatives, up to the closing bracket or the end. */
  read(): Node {
    const parts: Node[] = [this.#sequence()]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      parts.push(this.#sequence())
    }
    return { kind: 'any', parts }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] as string))
      parts.push(this.#repeated())
    return { kind: 'all', parts }
  }

  #repeated(): Node {
    const body = this.#atom()
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at))
    if (found === null) return body
    this.#at += found[0].length
    const [, sign, least = '0', comma, most] = found
    if (sign !== undefined) return { kind: 'repeat', body, least: sign === '+' ? 1 : 0, endless: sign !== '?' }
    return { kind: 'repeat', body, least: Number(least), endless: comma === ',' && most === '' }
  }

  #atom(): Node {
    const rest = this.#source.slice(this.#at)
    const group = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(rest)?.[0]
    if (group !== undefined) {
      this.#at += group.length
      const inside = this.read()
      this.#at += 1
      return /[=!]$/.test(group) ? { kind: 'all', parts: [] } : inside
    }
    const set = /^\[(?:\\.|[^\]\\])*\]/.exec(rest)?.[0]
    const escaped = /^\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[pP]\{[^}]+\}|k<\w+>|c[A-Z]|.)/i.exec(rest)?.[0]
    const text = set ?? escaped ?? String.fromCodePoint(rest.codePointAt(0) as number)
    this.#at += text.length
    if (/^[$^]$|^\\[bB]$/.test(text)) return { kind: 'all', parts: [] }
    return { kind: 'text', samples: this.#samplesOf(text) }
  }

  /** A few characters that fit, the plainest and the last. */
  #samplesOf(text: string): readonly string[] {
    if (/^[\w -]$/.test(text)) return [text]
    const whole = new RegExp(`^(?:${text})$`, this.#flags)
    const literal = [...text.matchAll(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi)].map(found =>
      String.fromCharCode(Number.parseInt((found[1] ?? found[2]) as string, 16)),
    )
    const inside = text.replace(/^\[\^?|\]$/g, '').replaceAll('\\', '')
    const fitting = [...inside, ...literal, ...candidates].filter(char => whole.test(char))
    const plain = [fitting.find(char => /\w/.test(char)), fitting.find(char => /\s/.test(char))]
    const marks = fitting.filter(char => /[^\w\s\\[\]^]/.test(char) && this.#source.includes(char))
    const samples = [...plain, fitting[0], ...marks.slice(0, 6), fitting.at(-1)]
    return [...new Set(samples.filter(char => char !== undefined))]
  }
}

/** The shortest text that fits, as far as bounds tell. */
function shortest(node: Node): string {
  if (node.kind === 'text') return node.samples[0] ?? ''
  if (node.kind === 'repeat') return shortest(node.body).repeat(node.least)
  const texts = node.parts.map(shortest)
  return node.kind === 'all' ? texts.join('') : texts.reduce((one, other) => (other.length < one.length ? other : one))
}

/** What one round of a repetition may be: each alternative, each sample. */
function rounds(node: Node): readonly string[] {
  if (node.kind === 'text') return [...node.samples, ...node.samples.slice(1).map(char => `${node.samples[0]}${char}`)]
  if (node.kind === 'repeat') return rounds(node.body).map(text => text.repeat(Math.max(1, node.least)))
  if (node.kind === 'any') return node.parts.flatMap(rounds).slice(0, 12)
  const whole = shortest(node)
  return [...new Set([whole, ...node.parts.flatMap(rounds)])].filter(text => text !== '').slice(0, 16)
}

/** Where the repetitions without end begin, and what they repeat. */
function* repetitions(
  node: Node,
  before: string,
): Generator<{ readonly before: string; readonly rounds: readonly string[] }> {
  if (node.kind === 'repeat') {
    if (node.endless) yield { before, rounds: rounds(node.body) }
    yield* repetitions(node.body, before)
  } else if (node.kind === 'any') for (const part of node.parts) yield* repetitions(part, before)
  else if (node.kind === 'all') {
    let lead = before
    for (const part of node.parts) {
      yield* repetitions(part, lead)
      lead += shortest(part)
    }
  }
}

const endings = ['\0', '!', '\n', 'a', '"', '@']

/** A text of about any length that may be hard for an expression. */
export interface Attack {
  readonly before: string
  readonly round: string
  readonly ending: string
}

export function textOf({ before, round, ending }: Attack, length: number): string {
  return before + round.repeat(Math.ceil(length / round.length)) + ending
}

/** The texts to try on an expression; none for one without a repetition that has no end. */
export function attacksOn(expression: RegExp): readonly Attack[] {
  const attacks = new Map<string, Attack>()
  // From where it is anchored, from anywhere, and with its beginning again and again.
  for (const { before, rounds: each } of repetitions(new Reader(expression).read(), ''))
    for (const round of each)
      for (const ending of endings)
        for (const attack of [
          { before, round, ending },
          { before: '\0', round, ending },
          { before: '', round: before + round, ending },
        ])
          attacks.set(JSON.stringify(attack), attack)
  return [...attacks.values()]
}

/** Milliseconds of one run, the best of three; `run` may throw. */
function costOf(run: (text: string) => unknown, text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now()
    run(text)
    best = Math.min(best, performance.now() - start)
    if (best < cheapMs || best > 200) return best
  }
  return best
}

/** So little time needs no closer look. 10,000 characters, each taken with half of the others, are 50 million steps. */
const cheapMs = 3

/**
 * True when time grows as the square of the length, or faster: twice the length, four times the cost.
 *
 * `most`: the longest text that can be sent, in characters.
 */
export function growsTooFast(run: (text: string) => unknown, attack: Attack, most = 20_000): boolean {
  // Exponential growth shows with far less, and would not end with more.
  for (const length of [24, 200]) if (costOf(run, textOf(attack, length)) > 50) return true
  const half = costOf(run, textOf(attack, most / 2))
  if (half < cheapMs) return false
  const [start, whole] = [costOf(run, textOf(attack, most / 4)), costOf(run, textOf(attack, most))]
  return whole > 2.8 * half && half > 2.8 * start
}
