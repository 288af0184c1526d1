/** What every page shares. */
import { html, type SafeHtml } from '@remix-run/html-template'
import { type HttpRequest, HttpResponse } from 'nuages'
import { csrfField } from './form.ts'

export interface Page {
  readonly title: string
  readonly body: SafeHtml
  readonly status?: number
}

export async function showPage(request: HttpRequest, { title, body, status = 200 }: Page): Promise<HttpResponse> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">{{name}}</a>${await navigation(request)}</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  // The page shows who is logged in: no cache may keep it.
  return new HttpResponse(String(page), { status, headers: { 'Cache-Control': 'private, no-store' } })
}

async function navigation(request: HttpRequest): Promise<SafeHtml> {
  const user = await request.user
  if (user === null) return html`<nav><a href="/login/">Log in</a> <a href="/register/">Register</a></nav>`
  return html`<nav>${user.username}
<form method="post" action="/logout/">${await csrfField(request)}<button>Log out</button></form></nav>`
}
