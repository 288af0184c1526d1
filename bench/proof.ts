/**
 * The proof that a server does the work: it is asked before it is measured, and rows are changed behind its back.
 */
import type { Answer } from './answer.ts'
import type { Contender } from './contenders.ts'
import {
  addNonsense,
  addToCart,
  enter,
  findScenario,
  isMe,
  logIn,
  logInWrongly,
  readMe,
  username,
} from './scenarios.ts'
import { forgetSessions, type Place, runSql } from './stores.ts'
import { Connection, headersAfter, setCookies } from './visitors.ts'

export interface Proof {
  readonly contender: Contender
  readonly place: Place
  readonly port: number
  readonly can: (scenario: string) => boolean
}

/**
 * That the answers are right, that every read asks the store and the table of users, and that what should be refused is.
 *
 * Rows are changed behind the server's back: one that answers from a memory of its own is found out. Ends all sessions.
 *
 * @throws when anything is not so.
 */
export async function proveHonest(proof: Proof): Promise<void> {
  const connection = new Connection(proof.port)
  try {
    await prove(proof, connection)
  } finally {
    connection.close()
  }
}

async function prove({ contender, place, can }: Proof, connection: Connection): Promise<void> {
  const { headers: own = '', users, sessions } = contender
  const expect = async (
    what: string,
    request: string,
    statuses: readonly number[],
    isRight: (body: string) => boolean,
  ) => {
    const answer = await connection.ask(request)
    if (statuses.includes(answer.status) && isRight(answer.body)) return answer
    throw new Error(`${contender.title}, ${place.store}, ${what}: ${answer.head[0]}, ${answer.body}`)
  }
  const any = (): boolean => true
  const rename = (name: string): Promise<void> => runSql(place, `UPDATE ${users.table} SET ${users.name} = '${name}'`)
  if (can('ping')) {
    const { request, isRight } = findScenario('ping')
    await expect('ping', request(own), [200], isRight)
  }
  const entered = await expect('enter', enter(own, 7), [200], any)
  const cookies = setCookies(entered).filter(line => !line.startsWith('csrftoken=')) // which scripts have to read
  const isSafe = (line: string): boolean => /; *httponly/i.test(line) && /; *samesite=lax/i.test(line)
  if (cookies.length === 0 || !cookies.every(isSafe))
    throw new Error(`${contender.title}: a cookie without HttpOnly and SameSite=Lax: ${cookies.join()}`)
  const headers = headersAfter(entered)
  if (can('read-warm')) {
    await expect('read', readMe(headers), [200], body => isMe(body, username, '7'))
    await expect('read without a session', readMe(own), [401], any)
    await rename('eve')
    await expect('read of a user with another name', readMe(headers), [200], body => isMe(body, 'eve', '7'))
    await rename(username)
  }
  if (can('cart-warm')) await proveCart(expect, headers)
  await expect('log in', logIn(own), [200], findScenario('login').isRight)
  await expect('log in with a wrong password', logInWrongly(own), [401], any)
  await forgetSessions(place, sessions)
  if (can('read-warm')) await expect('read of a session that is gone', readMe(headers), [401], any)
}

type Expect = (
  what: string,
  request: string,
  statuses: readonly number[],
  isRight: (body: string) => boolean,
) => Promise<Answer>

async function proveCart(expect: Expect, headers: string): Promise<void> {
  const holds = (count: number) => (body: string) => new RegExp(`"MUG-FOG":\\s?${count}\\b`).test(body)
  await expect('add to the cart', addToCart(headers), [200], holds(1))
  await expect('add to the cart again', addToCart(headers), [200], holds(2))
  await expect('add nothing to the cart', addNonsense(headers), [400, 422], () => true)
}
