/**
 * What every page shares: head, header, messages, advertisement, footer.
 *
 * Owns the frame. Leaves the middle to the page. No inline script and no inline style anywhere:
 * the store's Content-Security-Policy is `default-src 'self'`.
 */
import { html, type SafeHtml } from '@remix-run/html-template'
import type { Message } from 'nuages'
import { moduleAddresses } from '../browser-modules.ts'
import { type Language, languageNames, languages, texts } from '../texts.ts'
import { csrfField } from './form.ts'

export interface Visitor {
  readonly username: string
  /** Address of the picture; `null` when there is none. */
  readonly picture: string | null
  /** Sees the way to the staff's pages. Default: false. */
  readonly isStaff?: boolean
}

/** What the frame has to know about the request. */
export interface Frame {
  /** `null`: nobody is logged in. */
  readonly user: Visitor | null
  /** Pieces in the cart. */
  readonly cartCount: number
  /** In the visitor's language. */
  readonly messages: readonly Pick<Message, 'tags' | 'text'>[]
  readonly csrfToken: string
  /** Path and query of this page, to come back to after logging in. */
  readonly path: string
  /** Default: English. */
  readonly language?: Language
  /** Shows the advertisement. */
  readonly showAd: boolean
}

/** A page's own part. */
export interface Content {
  readonly title: string
  readonly body: SafeHtml
  /** What the search box holds. Default: nothing. */
  readonly searchText?: string
}

export function layout(frame: Frame, { title, body, searchText = '' }: Content): SafeHtml {
  const t = texts(frame)
  return html`<!doctype html>
<html lang="${frame.language ?? 'en'}">
<head>
<meta charset="utf-8">
<title>${title} · Nuages</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${t('A small shop for weather, tea, paper and light.')}">
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
${moduleAddresses.slice(1).map(
  address => html`<link rel="modulepreload" href="${address}">
`,
)}<script type="module" src="${moduleAddresses[0]}"></script>
</head>
<body>
<a class="skip" href="#main">${t('Skip to the content')}</a>
${header(frame, searchText)}
<main id="main" tabindex="-1">
${frame.messages.length > 0 ? messageList(frame) : null}
${body}
</main>
${frame.showAd ? advertisement(frame) : null}
<footer><p>${t('Nuages is a small shop for weather, tea, paper and light. Every picture is drawn by the shop itself.')}</p>
${languageSwitch(frame)}</footer>
<p class="toast" role="status" data-status></p>
</body>
</html>
`
}

/** A language that is not the page's, in its own name. */
function languageSwitch(frame: Frame): SafeHtml {
  const others = languages.filter(language => language !== (frame.language ?? 'en'))
  return html`<form action="/language/" method="post" class="languages">${csrfField(frame.csrfToken)}<input type="hidden" name="next" value="${frame.path}">${others.map(
    language =>
      html`<button class="plain" name="language" value="${language}" lang="${language}">${languageNames[language]}</button>`,
  )}</form>`
}

function header(frame: Frame, searchText: string): SafeHtml {
  const t = texts(frame)
  return html`<header>
<div class="bar">
<a class="brand" href="/"><svg viewBox="0 0 100 60" width="40" height="24" aria-hidden="true"><circle cx="80" cy="19" r="17" class="sun"/><path d="M22 58a19 19 0 0 1-1-38 27 27 0 0 1 50-7 23 23 0 0 1 14 45z" class="cloud"/></svg>Nuages</a>
<form class="search" role="search" action="/" method="get">
<label class="unseen" for="q">${t('Search the shop')}</label>
<input id="q" name="q" type="search" value="${searchText}" placeholder="${t('Lamp, tea, kite …')}" maxlength="100" autocomplete="off">
<button>${t('Search')}</button>
</form>
<nav class="account" aria-label="${t('Account')}">
${frame.user ? account(frame, frame.user) : stranger(frame)}
<a class="cart" href="/cart/"><span>${t('Cart')}</span> <span class="count" data-cart-count>${frame.cartCount}</span><span class="unseen"> ${t('pieces')}</span></a>
</nav>
</div>
</header>`
}

function account(frame: Frame, visitor: Visitor): SafeHtml {
  const t = texts(frame)
  return html`${visitor.isStaff ? html`<a href="/staff/products/">${t('Staff')}</a>` : null}<a class="name" href="/user/">${face(visitor)}<span>${visitor.username}</span></a>
<form action="/user/logout/" method="post">${csrfField(frame.csrfToken)}<button class="plain">${t('Log out')}</button></form>`
}

function stranger(frame: Frame): SafeHtml {
  const t = texts(frame)
  const elsewhere = frame.path.startsWith('/user/')
  return html`<a href="${elsewhere ? '/user/login/' : `/user/login/?next=${encodeURIComponent(frame.path)}`}">${t('Log in')}</a>
<a href="/user/register/">${t('Register')}</a>`
}

function messageList(frame: Frame): SafeHtml {
  return html`<ul class="messages" role="status">${frame.messages.map(({ tags, text }) => html`<li class="${tags}">${text}</li>`)}</ul>`
}

function advertisement(frame: Frame): SafeHtml {
  const t = texts(frame)
  return html`<aside class="ad" aria-label="${t('Advertisement')}" data-ad>
<p class="kicker">${t('This week')}</p>
<p><a href="/product/rainy-afternoon-tea/">Rainy Afternoon Tea</a> ${t('goes well with grey windows.')}</p>
<form action="/ad/close/" method="post">${csrfField(frame.csrfToken)}<input type="hidden" name="next" value="${frame.path}"><button aria-label="${t('Close the advertisement')}"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M3 3l10 10M13 3L3 13"/></svg></button></form>
</aside>`
}

/** The picture of a visitor, or the first character of the name as people count them: an emoji or an accented letter stays whole. */
export function face({ username, picture }: Visitor): SafeHtml {
  if (picture !== null) return html`<img class="face" data-face src="${picture}" alt="" width="256" height="256">`
  const [first] = new Intl.Segmenter('en').segment(username)
  return html`<span class="face" data-face aria-hidden="true">${(first?.segment ?? '').toUpperCase()}</span>`
}
