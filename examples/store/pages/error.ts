/** What a visitor sees when something went wrong. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { texts } from '../texts.ts'
import { type Frame, layout } from './layout.ts'

export interface ErrorPage {
  readonly status: number
  /** The status in words. */
  readonly title: string
  /** What happened and what to do, for the visitor. */
  readonly text: string
}

export function errorPage(frame: Frame, { status, title, text }: ErrorPage): SafeHtml {
  const body = html`<div class="fault">
<svg viewBox="0 -14 214 176" width="214" height="176" aria-hidden="true"><path class="cloud" d="M48 116a38 38 0 0 1-2-76 54 54 0 0 1 100-14 46 46 0 0 1 28 90z"/><path class="drops" d="M62 132l-8 24M100 132l-8 24M138 132l-8 24"/></svg>
<p class="status">${status}</p>
<h1>${title}</h1>
<p>${text}</p>
<p><a class="button" href="/">${texts(frame)('Back to the shop')}</a></p>
</div>`
  return layout(frame, { title, body })
}
