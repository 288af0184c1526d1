/**
 * A visitor who goes on whatever happens, and keeps a ledger of what was acknowledged.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { type Answer, ask, Jar, NoAnswer, type Question, type Silence } from './ask.ts'

/** What became of a request. `refused`: 503 or 507, in order. `wrong`: what may never be. */
export type Outcome = 'ok' | 'refused' | 'wrong' | Silence

interface Stored {
  readonly username: string
  readonly count: number
  readonly cart: Readonly<Record<string, number>>
}

type Step = (visitor: Visitor) => Promise<Answer | null>

const skus = ['MUG', 'HAT', 'FOG'] as const

/** An uploaded file is known by the digest of its content. */
const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

export interface VisitorOptions {
  /** Of each uploaded file; 0: no uploads. */
  readonly fileBytes: number
  /** False: each request has a connection of its own, as behind a proxy that keeps none. */
  readonly keepAlive: boolean
}

export class Visitor {
  readonly #port: number
  readonly #agent: Agent
  readonly #jar = new Jar()
  readonly username: string = `ada-${randomUUID()}`
  readonly #fileBytes: number
  // The ledger: what was answered with success.
  readonly acknowledged = { count: 0, cart: 0 }
  readonly orders: string[] = []
  readonly users: string[] = []
  /** Cookies of logins. */
  readonly logins: string[] = []
  /** Digests by the name that a file got. */
  readonly files: Map<string, string> = new Map()
  readonly #asked = { count: 0, cart: 0 }
  /** Our ports of the connections that broke. */
  readonly cutPorts: number[] = []
  /** What was wrong, in words. */
  readonly faults: string[] = []

  constructor(port: number, { fileBytes, keepAlive }: VisitorOptions) {
    this.#port = port
    this.#agent = new Agent({ keepAlive, maxSockets: 1 })
    this.#fileBytes = fileBytes
  }

  /** Number of writes in the ledger. */
  get writes(): number {
    const { count, cart } = this.acknowledged
    return count + cart + this.orders.length + this.users.length + this.logins.length + this.files.size
  }

  async #ask(question: Omit<Question, 'port'>, jar: Jar = this.#jar): Promise<Answer> {
    const answer = await ask({ agent: this.#agent, cookie: jar.header, ...question, port: this.#port })
    jar.take(answer)
    return answer
  }

  /** Must succeed: before the fault. */
  async arrive(): Promise<void> {
    for (const path of ['/register/', '/login/']) {
      const { status, text } = await this.#ask({ path, json: { username: this.username } })
      if (status >= 300) throw new Error(`${path} was answered ${status}: ${text}`)
    }
    this.users.push(this.username)
    this.logins.push(this.#jar.header)
  }

  /** Does one thing, by chance. */
  async act(): Promise<Outcome> {
    const chance = Math.random() * (this.#fileBytes > 0 ? 1 : withoutUploads)
    const [, step] = steps.find(([upTo]) => chance < upTo) as (typeof steps)[number]
    try {
      const answer = await step(this)
      if (answer === null) return 'ok'
      const isRefused = answer.status === 507 || (answer.status === 503 && Number(answer.headers['retry-after']) > 0)
      if (!isRefused) this.faults.push(`${answer.status} ${answer.text.slice(0, 200)}`)
      return isRefused ? 'refused' : 'wrong'
    } catch (error) {
      if (error instanceof NoAnswer) {
        if (error.silence === 'cut' && error.localPort !== undefined) this.cutPorts.push(error.localPort)
        return error.silence
      }
      this.faults.push(String(error))
      return 'wrong'
    }
  }

  leave(): void {
    this.#agent.destroy()
  }

  /** `null` when the answer is a success, which `check` has looked at. */
  #expect(answer: Answer, check: (data: never) => void): Answer | null {
    if (answer.status >= 300) return answer
    check(JSON.parse(answer.text) as never)
    return null
  }

  async read(): Promise<Answer | null> {
    return this.#expect(await this.#ask({ path: '/me/' }), (stored: Stored) =>
      this.faults.push(...this.#problemsOf(stored)),
    )
  }

  /** What is stored is no less than what was acknowledged, and no more than what was asked for. */
  #problemsOf({ username, count, cart }: Stored): readonly string[] {
    const problems = username === this.username ? [] : [`${username} was shown to ${this.username}`]
    const sums = { count, cart: Object.values(cart).reduce((sum, quantity) => sum + quantity, 0) }
    for (const key of ['count', 'cart'] as const) {
      if (sums[key] < this.acknowledged[key]) problems.push(`${key}: ${this.acknowledged[key] - sums[key]} lost`)
      if (sums[key] > this.#asked[key]) problems.push(`${key}: ${sums[key] - this.#asked[key]} too many`)
    }
    return problems
  }

  async count(): Promise<Answer | null> {
    this.#asked.count += 1
    const answer = await this.#ask({ path: '/count/', json: {} })
    return this.#expect(answer, ({ count }: Stored) => {
      if (count <= this.acknowledged.count) this.faults.push('the count went back')
      this.acknowledged.count = count
    })
  }

  async fillCart(): Promise<Answer | null> {
    this.#asked.cart += 1
    const sku = skus[this.#asked.cart % skus.length]
    const answer = await this.#ask({ path: '/cart/', json: { sku, quantity: 1 } })
    return this.#expect(answer, (cart: Stored['cart']) => {
      this.acknowledged.cart = Object.values(cart).reduce((sum, quantity) => sum + quantity, 0)
    })
  }

  async order(): Promise<Answer | null> {
    const id = randomUUID()
    return this.#expect(await this.#ask({ path: '/orders/', json: { id } }), () => this.orders.push(id))
  }

  async register(): Promise<Answer | null> {
    const username = `eve-${randomUUID()}`
    return this.#expect(await this.#ask({ path: '/register/', json: { username } }), () => this.users.push(username))
  }

  /** In another browser. */
  async logIn(): Promise<Answer | null> {
    const jar = new Jar()
    const answer = await this.#ask({ path: '/login/', json: { username: this.username } }, jar)
    return this.#expect(answer, () => this.logins.push(jar.header))
  }

  async upload(): Promise<Answer | null> {
    const content = randomBytes(this.#fileBytes)
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--x--\r\n')])
    const answer = await this.#ask({
      path: '/upload/',
      method: 'POST',
      body,
      contentType: 'multipart/form-data; boundary=x',
    })
    return this.#expect(answer, ({ name }: { readonly name: string }) => this.files.set(name, digestOf(content)))
  }

  /** Looks for everything in the ledger on a server that knows none of it from before. Resolves what is missing. */
  async missing(port: number, readFile: (name: string) => Uint8Array | null): Promise<readonly string[]> {
    const missing: string[] = []
    const find = async <Found>(path: string, cookie: string): Promise<Found | null> => {
      const { status, text } = await ask({ port, path, cookie })
      if (status === 200) return JSON.parse(text) as Found
      missing.push(`${path}: ${status}`)
      return null
    }
    const me = await find<Stored>('/me/', this.#jar.header)
    if (me !== null) missing.push(...this.#problemsOf(me))
    const { ids = [] } = (await find<{ readonly ids: readonly string[] }>('/orders/', this.#jar.header)) ?? {}
    const stored = new Set(ids)
    for (const id of this.orders) if (!stored.has(id)) missing.push(`order ${id}`)
    for (const cookie of this.logins) await find('/me/', cookie)
    for (const username of this.users) {
      const { status } = await ask({ port, path: '/login/', json: { username } })
      if (status !== 200) missing.push(`user ${username}: ${status}`)
    }
    for (const [name, digest] of this.files) {
      const content = readFile(name)
      if (content === null || digestOf(content) !== digest) missing.push(`file ${name}`)
    }
    return missing
  }
}

const withoutUploads = 0.98

/** Each is done when chance is below this, and not below that of the one before. */
const steps: readonly (readonly [upTo: number, step: Step])[] = [
  [0.3, visitor => visitor.read()],
  [0.6, visitor => visitor.count()],
  [0.75, visitor => visitor.fillCart()],
  [0.9, visitor => visitor.order()],
  [0.95, visitor => visitor.register()],
  [withoutUploads, visitor => visitor.logIn()],
  [1, visitor => visitor.upload()],
]
