/**
 * A small client for tus 1.0: sends a file, and goes on where it was cut off.
 *
 * The address of an upload is kept in the browser under what is known of its file. A page that was reloaded has lost the file itself: it is chosen again,
 * and recognized.
 */
const version = { 'Tus-Resumable': '1.0.0' }
const pauses = [0, 1000, 2000, 4000, 8000, 15000]
const prefix = 'upload:'

const base64 = text => btoa(String.fromCodePoint(...new TextEncoder().encode(text)))

/** What tells one file from another. */
const keyOf = ({ name, size, lastModified }) => `${prefix}${JSON.stringify([name, size, lastModified])}`

/** Uploads that were begun in this browser: name, size, address. */
export function unfinished() {
  return Object.keys(localStorage)
    .filter(key => key.startsWith(prefix))
    .map(key => {
      const [name, size] = JSON.parse(key.slice(prefix.length))
      return { key, name, size, address: localStorage.getItem(key) }
    })
}

/** The server refused: trying again would not help. */
class Refused extends Error {}

async function refusal(response) {
  const { detail, title } = await response.json().catch(() => ({}))
  return new Refused(detail ?? title ?? `The server answered ${response.status}.`)
}

/** How much of an upload is there, in bytes; `null` when there is no such upload any more. */
export async function offsetOf(address) {
  const response = await fetch(address, { method: 'HEAD', headers: version })
  if (response.ok) return Number(response.headers.get('Upload-Offset'))
  if (response.status === 404 || response.status === 410) return null
  throw response.status < 500 && response.status !== 423
    ? new Refused(`The server answered ${response.status}.`)
    : new Error()
}

async function create(file) {
  const metadata = `filename ${base64(file.name)},filetype ${base64(file.type)}`
  const headers = { ...version, 'Upload-Length': String(file.size), 'Upload-Metadata': metadata }
  const response = await fetch('/upload/', { method: 'POST', headers })
  if (response.status === 201) return response.headers.get('Location')
  throw response.status < 500 ? await refusal(response) : new Error()
}

/** Sends the rest from `offset` on. Only XMLHttpRequest tells how much has gone. */
function sendRest(file, { address, offset, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PATCH', address)
    for (const [name, value] of Object.entries(version)) request.setRequestHeader(name, value)
    request.setRequestHeader('Content-Type', 'application/offset+octet-stream')
    request.setRequestHeader('Upload-Offset', String(offset))
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded }) => onProgress(offset + loaded)
    request.onerror = request.ontimeout = () => reject(new Error())
    request.onabort = () => reject(signal.reason)
    request.onload = () => {
      const { status, response } = request
      if (status === 204) resolve()
      // Another page goes on with it, or this one has lost count: ask again.
      else reject(status >= 500 || [408, 409, 423].includes(status) ? new Error() : new Refused(response?.detail))
    }
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file.slice(offset))
  })
}

const sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })

/** Sends a file to its end, through any number of broken connections. Rejects when the server refuses it, or with the reason of `signal`. */
export async function upload(file, { onProgress, onTrouble, signal }) {
  const key = keyOf(file)
  for (let tries = 0, last = -1; ; tries += 1) {
    try {
      const kept = localStorage.getItem(key)
      let offset = kept === null ? null : await offsetOf(kept)
      if (offset === null) {
        localStorage.setItem(key, await create(file))
        offset = 0
      }
      signal.throwIfAborted()
      if (offset > last) tries = 0
      last = offset
      onProgress(offset)
      const address = localStorage.getItem(key)
      if (offset < file.size) await sendRest(file, { address, offset, onProgress, signal })
      localStorage.removeItem(key)
      return
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof Refused) {
        localStorage.removeItem(key)
        throw error
      }
      const pause = pauses[Math.min(tries, pauses.length - 1)]
      onTrouble(pause)
      await sleep(pause, signal)
    }
  }
}

const input = document.querySelector('#file')
const bar = document.querySelector('progress')
const output = document.querySelector('output')
const button = document.querySelector('[data-pause]')
const percent = (part, whole) => `${Math.floor((100 * part) / Math.max(whole, 1))} %`
let current = null

function show(file, sent) {
  bar.hidden = false
  bar.value = file.size === 0 ? 1 : sent / file.size
  output.textContent = `${file.name}: ${percent(sent, file.size)}`
}

async function start(file) {
  current?.controller.abort(new DOMException('Another file was chosen.', 'AbortError'))
  const controller = new AbortController()
  current = { file, controller }
  button.hidden = false
  button.textContent = 'Pause'
  try {
    await upload(file, {
      signal: controller.signal,
      onProgress: sent => show(file, sent),
      onTrouble: () => {
        output.textContent = `${file.name}: the connection is lost. Trying again …`
      },
    })
    show(file, file.size)
    output.textContent = `${file.name} has arrived.`
    const item = document.createElement('li')
    item.textContent = file.name
    document.querySelector('[data-arrived]').prepend(item)
    button.hidden = true
  } catch (error) {
    if (error.name === 'AbortError') return
    bar.hidden = true
    button.hidden = true
    output.textContent = `${file.name} was refused. ${error.message}`
  }
}

input.addEventListener('change', () => {
  if (input.files[0] !== undefined) start(input.files[0])
})

button.addEventListener('click', () => {
  if (current.controller.signal.aborted) start(current.file)
  else {
    current.controller.abort(new DOMException('Paused.', 'AbortError'))
    button.textContent = 'Go on'
  }
})

/** What was begun before this page was loaded. */
for (const { key, name, size, address } of unfinished()) {
  const offset = await offsetOf(address).catch(() => 0)
  if (offset === null) localStorage.removeItem(key)
  else if (current === null)
    output.textContent = `${name} stands at ${percent(offset, size)}. Choose it again to go on.`
}
