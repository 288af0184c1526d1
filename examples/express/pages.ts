/** The pages of the example. Whatever a visitor has typed goes through `escapeHtml`. */

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)

const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`

/** A form of this site; the token is for browsers that do not say where a request comes from. */
const form = (action: string, token: string, fields: string): string =>
  `<form method="post" action="${action}"><input type="hidden" name="csrfmiddlewaretoken" value="${token}">${fields}</form>`

export interface HomePage {
  readonly visits: number
  readonly username: string | null
  readonly note: string
  readonly token: string
}

export function homePage({ visits, username, note, token }: HomePage): string {
  const account =
    username === null
      ? '<p><a href="/login">Log in</a></p>'
      : `<p>You are ${escapeHtml(username)}.</p>${form('/logout', token, '<button>Log out</button>')}`
  const field = `<input name="note" value="${escapeHtml(note)}"><button>Remember</button>`
  return page('Home', `<p>Visits: ${visits}</p>${account}${form('/note', token, field)}`)
}

export function loginPage(token: string, problem = ''): string {
  const fields = '<input name="username"><input name="password" type="password"><button>Log in</button>'
  return page('Log in', `<p>${escapeHtml(problem)}</p>${form('/login', token, fields)}`)
}
