/** The page of the Nuages half: templates/page.html once more, in the other colour. */
import { html } from '@remix-run/html-template'

export interface PageState {
  readonly username: string | null
  readonly django: number
  readonly nuages: number
  /** Of the CSRF cookie that both programs know. */
  readonly token: string
  readonly problem: string | null
}

type Part = ReturnType<typeof html>

export function page(state: PageState): string {
  const problem = state.problem === null ? '' : html`<p class="problem" role="alert">${state.problem}</p>`
  return String(html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Nuages · one login for both</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/site.css">
</head>
<body class="nuages">
  <header>
    <nav><a href="/">Django</a><a href="/nuages/" aria-current="page">Nuages</a></nav>
  </header>
  <main>
    <h1>This page is Nuages’s</h1>
    ${problem}
    ${state.username === null ? loginForm(state) : account(state, state.username)}
  </main>
</body>
</html>`)
}

function account({ django, nuages, token }: PageState, username: string): Part {
  return html`<p class="who">Logged in as <strong>${username}</strong></p>
    <section>
      <p class="total"><output>${django + nuages}</output> in one session</p>
      <p class="parts"><span class="by-django">${django} by Django</span> <span class="by-nuages">${nuages} by Nuages</span></p>
      <form method="post">
        ${hidden(token)}
        <button class="by-django" formaction="/count/">Count with Django</button>
        <button class="by-nuages" formaction="/nuages/count/">Count with Nuages</button>
      </form>
    </section>
    <section>
      <h2>Change the password</h2>
      <form method="post">
        ${hidden(token)}
        <label>Old <input type="password" name="old" autocomplete="current-password" required></label>
        <label>New <input type="password" name="new" autocomplete="new-password" minlength="8" required></label>
        <button class="by-django" formaction="/password/">Change with Django</button>
        <button class="by-nuages" formaction="/nuages/password/">Change with Nuages</button>
      </form>
    </section>
    <form method="post" class="quiet">
      ${hidden(token)}
      <button formaction="/logout/">Log out with Django</button>
      <button formaction="/nuages/logout/">Log out with Nuages</button>
    </form>`
}

function loginForm({ token }: PageState): Part {
  return html`<p class="who">Nobody is logged in</p>
    <section>
      <form method="post">
        ${hidden(token)}
        <label>Name <input name="username" autocomplete="username" autocapitalize="none" required></label>
        <label>Password <input type="password" name="password" autocomplete="current-password" required></label>
        <button class="by-django" formaction="/login/">Log in with Django</button>
        <button class="by-nuages" formaction="/nuages/login/">Log in with Nuages</button>
      </form>
    </section>`
}

function hidden(token: string): Part {
  return html`<input type="hidden" name="csrfmiddlewaretoken" value="${token}"><input type="hidden" name="next" value="/nuages/">`
}
