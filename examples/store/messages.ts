/**
 * Messages for the visitor's next page, kept in the session.
 */
import type { HttpRequest } from 'nuages'
import type { CartData } from './cart.ts'
import type { Message } from './pages/layout.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    cart: CartData
    messages: readonly Message[]
  }
}

/** More than anybody reads. */
const maxMessages = 10

/** Shows a message on the next page. */
export async function addMessage(request: HttpRequest, level: Message['level'], text: string): Promise<void> {
  const session = await request.session
  await session.update('messages', (messages = []) => [...messages, { level, text }].slice(-maxMessages))
}

/** The messages that wait, which are gone then. Of two pages at once one shows them. */
export async function takeMessages(request: HttpRequest): Promise<readonly Message[]> {
  const session = await request.session
  let taken: readonly Message[] = []
  if (session.has('messages'))
    await session.update('messages', messages => {
      taken = messages ?? []
      return undefined
    })
  return taken
}
