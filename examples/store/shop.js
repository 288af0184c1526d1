/**
 * Makes the shop's pages answer without a reload. Without it, or when it fails, every form works as a form.
 *
 * Owns cart buttons, quantities, the picture of the visitor, the advertisement, and the guard against sending twice.
 */
const status = document.querySelector('[data-status]')
let fading = 0

/** Says something, on the screen and to screen readers. */
function say(text) {
  clearTimeout(fading)
  status.textContent = (isChinese && chinese[text]) || text
  fading = setTimeout(() => {
    status.textContent = ''
  }, 6000)
}

/** By the page's language: what is said here and nowhere else. Messages from the API are English. */
const isChinese = document.documentElement.lang === 'zh'
const chinese = {
  'The shop could not be reached. Please try again.': '无法连接商店，请重试。',
  'That did not work. Please try again.': '没有成功，请重试。',
  'The picture is larger than 5 MiB.': '图片大于 5 MiB。',
  'Choose a PNG, JPEG, WebP or GIF.': '请选择 PNG、JPEG、WebP 或 GIF。',
  'Your picture is changed.': '头像已更换。',
  'Quantity changed.': '数量已更改。',
  'Removed from your cart.': '已从购物车移除。',
  'The advertisement will be back on the next page.': '下一页还会看到广告。',
}

function pieces(count) {
  if (isChinese) return `${count} 件`
  return count === 1 ? '1 piece' : `${count} pieces`
}

function added(name, count) {
  return isChinese ? `已加入：${name}。购物车里有${pieces(count)}。` : `Added: ${name}. ${pieces(count)} in your cart.`
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? ''
}

/** Sends, and returns the answer's data. Throws an Error whose message is for the visitor. */
async function send(method, address, body) {
  const headers = { Accept: 'application/json', 'X-CSRFToken': csrfToken() }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const request = { method, headers, credentials: 'same-origin' }
  if (body !== undefined) request.body = JSON.stringify(body)
  const response = await fetch(address, request).catch(() => {
    throw new Error('The shop could not be reached. Please try again.')
  })
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer.data
  throw new Error(messageOf(answer))
}

/** What a refusal says to the visitor. */
function messageOf({ errors = {}, title }) {
  return Object.values(errors ?? {}).flat()[0] ?? title ?? 'That did not work. Please try again.'
}

/** One change of the cart after the other, in the order in which they were made. */
let queue = Promise.resolve()

function changeCart(form, change) {
  form.ariaBusy = 'true'
  queue = queue
    .then(change)
    .catch(error => say(error.message))
    .finally(() => {
      form.ariaBusy = null
    })
}

function lineAddress(sku) {
  return `/api/shop/cart/${encodeURIComponent(sku)}/`
}

function showCount(count) {
  for (const element of document.querySelectorAll('[data-cart-count]')) element.textContent = String(count)
}

/** Brings the page of the cart up to date; a cart that is now empty looks different, so that page is loaded anew. */
function showCart(cart) {
  if (cart.items.length === 0) return location.reload()
  const table = document.querySelector('[data-currency]')
  const money = new Intl.NumberFormat('en-IE', { style: 'currency', currency: table.dataset.currency })
  const lines = new Map(cart.items.map(item => [item.sku, item]))
  for (const row of table.querySelectorAll('[data-sku]')) {
    const item = lines.get(row.dataset.sku)
    if (item === undefined) {
      if (row.contains(document.activeElement)) document.querySelector('main').focus()
      row.remove()
    } else {
      const input = row.querySelector('[name=quantity]')
      if (input !== document.activeElement) input.value = String(item.quantity)
      row.querySelector('[data-line-total]').textContent = money.format(item.total / 100)
    }
  }
  table.querySelector('[data-total]').textContent = money.format(cart.total / 100)
  table.querySelector('[data-pieces]').textContent = pieces(cart.count)
  showCount(cart.count)
}

/** Shows a picture in place of another, or of a letter, if it is one. */
function showFace(old, address) {
  const image = new Image(256, 256)
  image.className = 'face'
  image.alt = ''
  image.dataset.face = ''
  image.onload = () => old.replaceWith(image)
  image.src = address
}

const pictureRefusals = { 413: 'The picture is larger than 5 MiB.', 415: 'Choose a PNG, JPEG, WebP or GIF.' }
/** What a picture that was chosen, and is not sent yet, stands in the place of. */
let face = null

function forgetChoice(form) {
  if (face !== null) document.querySelector('.me [data-face]').replaceWith(face)
  face = null
  form.reset()
}

/** Only XMLHttpRequest tells how much has been sent. */
function sendPicture(form) {
  const bar = form.querySelector('progress')
  const request = new XMLHttpRequest()
  form.ariaBusy = 'true'
  bar.value = 0
  bar.hidden = false
  request.open('PUT', form.dataset.api)
  request.setRequestHeader('Accept', 'application/json')
  request.setRequestHeader('X-CSRFToken', csrfToken())
  request.responseType = 'json'
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total
  }
  request.onloadend = () => {
    form.ariaBusy = null
    bar.hidden = true
    const answer = request.response ?? {}
    forgetChoice(form)
    if (request.status !== 200) return say(pictureRefusals[request.status] ?? messageOf(answer))
    for (const old of document.querySelectorAll('[data-face]')) showFace(old, answer.data.url)
    say('Your picture is changed.')
  }
  request.send(new FormData(form))
}

/** What a form does without a reload, by its action. A form that is not here is sent as a form. */
const actions = {
  '/cart/add/': form => {
    const { sku, quantity } = Object.fromEntries(new FormData(form))
    changeCart(form, async () => {
      const cart = await send('POST', '/api/shop/cart/', { sku, quantity: Number(quantity) })
      showCount(cart.count)
      say(added(form.dataset.add, cart.count))
    })
  },
  '/cart/update/': form => {
    const { sku, quantity } = Object.fromEntries(new FormData(form))
    changeCart(form, async () => {
      showCart(await send('PATCH', lineAddress(sku), { quantity: Number(quantity) }))
      say('Quantity changed.')
    })
  },
  '/cart/remove/': form => {
    const { sku } = Object.fromEntries(new FormData(form))
    changeCart(form, async () => {
      showCart(await send('DELETE', lineAddress(sku)))
      say('Removed from your cart.')
    })
  },
  '/user/avatar/': sendPicture,
  '/ad/close/': form => {
    const body = new URLSearchParams(new FormData(form))
    form.closest('[data-ad]').remove()
    document.querySelector('main').focus({ preventScroll: true })
    // `keepalive`: a visitor who goes on at once has closed it all the same.
    const headers = { 'X-CSRFToken': csrfToken() }
    fetch('/ad/close/', { method: 'POST', body, redirect: 'manual', keepalive: true, headers }).catch(() =>
      say('The advertisement will be back on the next page.'),
    )
  },
}

document.addEventListener('submit', event => {
  const form = event.target
  const action = actions[form.getAttribute('action')]
  if (action !== undefined) {
    event.preventDefault()
    // A quantity entered while the one before is on its way counts; a second click on a button does not.
    if (form.ariaBusy !== 'true' || action === actions['/cart/update/']) action(form)
  } else if (form.method === 'post') {
    if (form.ariaBusy === 'true') event.preventDefault()
    form.ariaBusy = 'true'
  }
})

/** A quantity counts as soon as it is entered; a picture is shown as soon as it is chosen. */
document.addEventListener('change', event => {
  const form = event.target.form
  const [file] = event.target.files ?? []
  if (file?.type.startsWith('image/') && file.size <= 5_242_880) {
    const reader = new FileReader()
    reader.onload = () => {
      const shown = document.querySelector('.me [data-face]')
      face ??= shown
      showFace(shown, reader.result)
    }
    reader.readAsDataURL(file)
  }
  if (event.target.name === 'quantity' && form?.getAttribute('action') === '/cart/update/') form.requestSubmit()
})

/** A page that comes back from the browser's memory can send its forms again, and does not bring back what was closed meanwhile. */
addEventListener('pageshow', () => {
  for (const form of document.forms) form.ariaBusy = null
  if (/(?:^|; )ad_closed=/.test(document.cookie)) document.querySelector('[data-ad]')?.remove()
})
