/** Where the account is logged in. */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { ActiveSession } from 'nuages'
import { csrfField } from './form.ts'
import { type Frame, layout } from './layout.ts'

export interface DevicesPage {
  /** Seen last first. */
  readonly sessions: readonly ActiveSession[]
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export function devicesPage(frame: Frame, { sessions, now }: DevicesPage): SafeHtml {
  const body = html`<div class="narrow">
<p class="trail"><a href="/user/">Your account</a></p>
<h1>Where you are logged in</h1>
<p>Log out what you do not know, then change your password.</p>
<ul class="devices">${sessions.map(session => device(frame, session, now))}</ul>
${
  sessions.some(({ isCurrent }) => !isCurrent)
    ? html`<form action="/user/devices/revoke-others/" method="post">${csrfField(frame.csrfToken)}<button>Log out everywhere else</button></form>
<form action="/user/devices/log-out-everywhere/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">Log out everywhere, here too</button></form>`
    : html`<p class="hint">You are logged in nowhere else.</p>`
}
</div>`
  return layout(frame, { title: 'Where you are logged in', body })
}

function device(frame: Frame, session: ActiveSession, now: number): SafeHtml {
  const { id, device, address, created, lastSeen, isCurrent } = session
  return html`<li>
<div><h2>${device}</h2>
<p class="hint">${address ?? 'Unknown address'}<br>
Last seen ${moment(lastSeen, now)}<br>
Logged in ${moment(created, now)}</p></div>
${
  isCurrent
    ? html`<p class="here">This device</p>`
    : html`<form action="/user/devices/${id}/revoke/" method="post">${csrfField(frame.csrfToken)}<button class="quiet">Log out<span class="unseen"> ${device}, ${address ?? 'unknown address'}</span></button></form>`
}
</li>`
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** "just now", "3 hours ago", with the exact time for machines and for who points at it. Sights are noted every five minutes. */
function moment(when: Date, now: number): SafeHtml {
  return html`<time datetime="${when.toISOString()}" title="${absolute.format(when)} UTC">${ago(now - when.getTime())}</time>`
}

export function ago(ms: number): string {
  for (const [unit, length] of units) if (ms >= length) return relative.format(-Math.floor(ms / length), unit)
  return 'just now'
}
