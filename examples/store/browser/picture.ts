/** The picture of the visitor: shown as soon as it is chosen, sent with a bar that tells how far it is. */
import { ApiProblem } from 'nuages/client'
import { api } from './api.ts'
import { requireData } from './cart.ts'
import { fetchWithProgress } from './fetch-with-progress.ts'
import { messageOf, say, text } from './say.ts'

/** 5 MiB. */
const maxBytes = 5_242_880

/** What a picture that was chosen, and is not sent yet, stands in the place of. */
let face: Element | null = null

/** Shows a picture in place of another, or of a letter, if it is one. */
function showFace(old: Element, address: string): void {
  const image = new Image(256, 256)
  image.className = 'face'
  image.alt = ''
  image.dataset.face = ''
  image.onload = () => old.replaceWith(image)
  image.src = address
}

export function showChoice(file: File): void {
  if (!file.type.startsWith('image/') || file.size > maxBytes) return
  const reader = new FileReader()
  reader.onload = () => {
    const shown = document.querySelector('.me [data-face]')
    if (shown === null) return
    face ??= shown
    showFace(shown, String(reader.result))
  }
  reader.readAsDataURL(file)
}

function forgetChoice(form: HTMLFormElement): void {
  if (face !== null) document.querySelector('.me [data-face]')?.replaceWith(face)
  face = null
  form.reset()
}

/** The picture of the account that the form names goes to the API, with the progress shown. */
export async function sendPicture(form: HTMLFormElement): Promise<void> {
  const bar = form.querySelector('progress')
  const headimg = new FormData(form).get('headimg')
  if (bar === null || !(headimg instanceof File)) return
  form.ariaBusy = 'true'
  bar.value = 0
  bar.hidden = false
  try {
    const answer = await api.PUT('/api/backend/user/{id}/avatar/', {
      params: { path: { id: Number(form.dataset.account) } },
      body: { headimg },
      bodySerializer: body => {
        const parts = new FormData()
        parts.set('headimg', body.headimg)
        return parts
      },
      fetch: fetchWithProgress(part => {
        bar.value = part
      }),
    })
    forgetChoice(form)
    for (const old of document.querySelectorAll('[data-face]')) showFace(old, requireData(answer).data.url)
    say(text('Your picture is changed.'))
  } catch (error) {
    forgetChoice(form)
    say(refusalOf(error))
  } finally {
    form.ariaBusy = null
    bar.hidden = true
  }
}

/** Said in other words than to programs. */
function refusalOf(error: unknown): string {
  const status = error instanceof ApiProblem ? error.status : 0
  if (status === 413) return text('The picture is larger than 5 MiB.')
  if (status === 415) return text('Choose a PNG, JPEG, WebP or GIF.')
  return messageOf(error)
}
