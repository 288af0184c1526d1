/** Where the account is logged in. */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { ActiveSession } from 'nuages'
import { inLanguage, type Language, type Reader, texts } from '../texts.ts'
import { csrfField } from './form.ts'
import { type Frame, layout } from './layout.ts'
import { markup } from './markup.ts'

export interface DevicesPage {
  /** Seen last first. */
  readonly sessions: readonly ActiveSession[]
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export function devicesPage(frame: Frame, { sessions, now }: DevicesPage): SafeHtml {
  const t = texts(frame)
  const body = html`<div class="narrow">
<p class="trail"><a href="/user/">${t('Your account')}</a></p>
<h1>${t('Where you are logged in')}</h1>
<p>${t('Log out what you do not know, then change your password.')}</p>
<ul class="devices">${sessions.map(session => device(frame, session, now))}</ul>
${
  sessions.some(({ isCurrent }) => !isCurrent)
    ? html`<form action="/user/devices/revoke-others/" method="post">${csrfField(frame.csrfToken)}<button>${t('Log out everywhere else')}</button></form>
<form action="/user/devices/log-out-everywhere/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">${t('Log out everywhere, here too')}</button></form>`
    : html`<p class="hint">${t('You are logged in nowhere else.')}</p>`
}
</div>`
  return layout(frame, { title: t('Where you are logged in'), body })
}

function device(frame: Frame, session: ActiveSession, now: number): SafeHtml {
  const { id, created, lastSeen, isCurrent } = session
  const t = texts(frame)
  const device = deviceName(frame, session.device)
  const address = session.address ?? t('Unknown address')
  return html`<li>
<div><h2>${device}</h2>
<p class="hint">${address}<br>
${markup(frame, 'Last seen {when}', { when: moment(frame, lastSeen, now) })}<br>
${markup(frame, 'Logged in {when}', { when: moment(frame, created, now) })}</p></div>
${
  isCurrent
    ? html`<p class="here">${t('This device')}</p>`
    : html`<form action="/user/devices/${id}/revoke/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">${t('Log out')}<span class="unseen"> ${device}, ${address}</span></button></form>`
}
</li>`
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** "just now", "3 hours ago", with the exact time for machines and for who points at it. Sights are noted every five minutes. */
function moment(reader: Reader, when: Date, now: number): SafeHtml {
  const absolute = new Intl.DateTimeFormat(reader.language ?? 'en', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return html`<time datetime="${when.toISOString()}" title="${absolute.format(when)} UTC">${ago(now - when.getTime(), reader.language)}</time>`
}

export function ago(ms: number, language: Language = 'en'): string {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, length] of units) if (ms >= length) return relative.format(-Math.floor(ms / length), unit)
  return texts({ language })('just now')
}

/** "Firefox on Linux", as readers of other languages put it. */
function deviceName(reader: Reader, name: string): string {
  const [, browser, system] = /^(.+) on (.+)$/.exec(name) ?? []
  if (browser === undefined || system === undefined) return inLanguage(reader, name)
  return texts(reader)('{browser} on {system}', { browser, system })
}
