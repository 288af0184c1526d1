/**
 * `nuages/messages`: a line for the visitor's next page, "Saved." say, as in Django's messages framework.
 *
 * Start with `addMessage(request, 'success', 'Saved.')`, and show what `messages(request)` gives.
 *
 * @module
 */
export { type Message, type MessageLevel, type MessageOptions, messageLevels } from './message.ts'
export {
  addMessage,
  createMessagePolicy,
  type MessagePolicy,
  Messages,
  messages,
  setMessageLevel,
} from './messages.ts'
