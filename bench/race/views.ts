/**
 * What the visitors of the races ask for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type HttpRequest, jsonResponse, path, type ViewFunction } from 'nuages'
import type { AppRoute } from 'nuages/app'
import type { Session } from 'nuages/sessions'

type Handler = (session: Session, request: HttpRequest) => unknown

/** The session is loaded, then the handler is as slow as the request asks. */
const view =
  (handler: Handler): ViewFunction =>
  async request => {
    const session = await request.session
    const delay = Number(request.GET.get('delay') ?? 0)
    if (delay > 0) await sleep(delay)
    return jsonResponse((await handler(session, request)) ?? null)
  }

const keyOf = (request: HttpRequest): string => request.GET.get('key') ?? 'n'
const sentIn = (request: HttpRequest): string => request.GET.get('value') ?? '1'

export const raceUrls: readonly AppRoute[] = [
  path(
    'set',
    view((session, request) => void session.set(keyOf(request) as never, sentIn(request) as never)),
  ),
  path(
    'add',
    view(session => session.update('n', n => ((n as number | undefined) ?? 0) + 1)),
  ),
  path(
    'read',
    view(session => session.get('n')),
  ),
  path(
    'push',
    view((session, request) => void (session.get(keyOf(request)) as number[]).push(1)),
  ),
  path(
    'lists',
    view(session => void session.set('a' as never, [] as never).set('b' as never, [] as never)),
  ),
  path(
    'login',
    view(session => {
      session.cycleKey({ orNew: true })
      session.set('user' as never, 'ada' as never)
    }),
  ),
  path(
    'logout',
    view(session => session.flush()),
  ),
  path(
    'all',
    view(session => Object.fromEntries(session)),
  ),
]
