import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loginPage, profilePage, registerPage } from './account.ts'
import { cartPage } from './cart.ts'
import { type CataloguePage, cataloguePage, pageNumbers } from './catalogue.ts'
import { ago, devicesPage } from './devices.ts'
import { confirmPage, emailPage } from './email.ts'
import { errorPage } from './error.ts'
import { emptyForm, type FormState } from './form.ts'
import type { Frame } from './layout.ts'
import { formatMoney } from './money.ts'
import { deadLinkPage, forgotPage, mailSentPage, resetPage } from './password.ts'
import { productPage } from './product.ts'

const hostile = `"><script>alert(1)</script><b onclick='x'>&amp;`
const frame: Frame = {
  user: { username: hostile, picture: hostile },
  cartCount: 2,
  messages: [{ tags: 'success', text: hostile }],
  csrfToken: hostile,
  path: `/?q=${hostile}`,
  showAd: true,
}
const product = {
  sku: hostile,
  slug: hostile,
  name: hostile,
  description: hostile,
  price: 1890,
  stock: 3,
  picture: hostile,
}
const wrong: FormState = {
  values: {
    username: hostile,
    email: hostile,
    password: 'secret-one',
    password1: 'secret-two',
    next: hostile,
    remember: 'on',
  },
  errors: {
    __all__: [hostile],
    username: [hostile],
    email: [hostile],
    password1: [hostile],
    old_password: [hostile],
    new_password1: [hostile],
    headimg: [hostile],
  },
}
const catalogueView: CataloguePage = {
  items: [product, { ...product, stock: 0 }],
  total: 28,
  page: 2,
  pages: 3,
  q: hostile,
  recentlyViewed: [product],
}
const device = {
  id: hostile,
  device: hostile,
  address: hostile,
  created: new Date(0),
  lastSeen: new Date(0),
  isCurrent: false,
}
const pages = {
  catalogue: String(cataloguePage(frame, catalogueView)),
  'empty catalogue': String(cataloguePage(frame, { ...catalogueView, items: [], total: 0, page: 1, pages: 1 })),
  product: String(productPage(frame, { product, recentlyViewed: [product] })),
  'sold out product': String(productPage(frame, { product: { ...product, stock: 0 }, recentlyViewed: [] })),
  register: String(registerPage(frame, wrong)),
  login: String(loginPage({ ...frame, user: null }, wrong)),
  profile: String(profilePage(frame, { id: 7, username: hostile, form: wrong, pictureForm: wrong })),
  devices: String(devicesPage(frame, { sessions: [{ ...device, isCurrent: true }, device], now: 0 })),
  'only device': String(devicesPage(frame, { sessions: [{ ...device, address: null, isCurrent: true }], now: 0 })),
  email: String(emailPage(frame, { email: hostile, isVerified: false, form: wrong })),
  'verified email': String(emailPage(frame, { email: hostile, isVerified: true, form: emptyForm })),
  'no email': String(emailPage(frame, { email: '', isVerified: false, form: wrong })),
  'confirm email': String(confirmPage(frame, { username: hostile, email: hostile })),
  forgot: String(forgotPage(frame, wrong)),
  'mail sent': String(mailSentPage(frame)),
  reset: String(resetPage(frame, { username: hostile, form: wrong })),
  'dead link': String(deadLinkPage(frame, { href: '/', text: 'Ask for another one' })),
  cart: String(cartPage(frame, { items: [{ ...product, quantity: 2, total: 3780 }], count: 2, total: 3780 })),
  'empty cart': String(cartPage(frame, { items: [], count: 0, total: 0 })),
  error: String(errorPage(frame, { status: 404, title: hostile, text: hostile })),
}

for (const [name, page] of Object.entries(pages)) {
  test(`${name}: what visitors and staff typed is shown, never obeyed`, () => {
    assert.doesNotMatch(page, /<script>|<b |alert\(1\)<\/script/)
    assert.match(page, /&lt;script&gt;/)
  })

  test(`${name}: holds no inline script or style, and nothing from elsewhere`, () => {
    assert.deepEqual(page.match(/<script[^>]*>/g), ['<script type="module" src="/static/shop.js">'])
    const outsideQuotes = page.replace(/="[^"]*"/g, '=""')
    assert.doesNotMatch(outsideQuotes, /<style|<iframe|<object|<base|<[^>]*\s(?:style|on\w+)\s*=/i)
    assert.doesNotMatch(page, /(?:href|src|action)="(?:https?:|\/\/|javascript:|data:)/i)
  })

  test(`${name}: every POST form begins with the CSRF token, and search does not carry it`, () => {
    for (const [form] of page.matchAll(/<form[\s\S]*?<\/form>/g)) {
      if (/^<form[^>]*method="post"/.test(form)) {
        assert.match(form, /^<form[^>]*>\s*<input type="hidden" name="csrfmiddlewaretoken" value="[^"]/)
      } else {
        assert.doesNotMatch(form, /csrfmiddlewaretoken/)
      }
    }
  })

  test(`${name}: ids are unique, every label and description points at one`, () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const [, target] of page.matchAll(/\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"/g)) {
      for (const id of (target ?? '').split(' ')) assert.ok(ids.includes(id), id)
    }
  })

  test(`${name}: has one heading of the first rank and no stray value`, () => {
    assert.equal(page.match(/<h1/g)?.length, 1)
    assert.doesNotMatch(page, />(?:false|true|undefined|null|NaN|\[object)/)
  })
}

test('pictures keep their place while they load', () => {
  for (const page of Object.values(pages)) {
    for (const [image] of page.matchAll(/<img(?:="[^"]*"|[^>"])*>/g)) {
      assert.match(image, /\swidth="(400|256)" height="\1"/)
      assert.match(image, /\salt="/)
    }
  }
})

test('a form with mistakes keeps the name, never a password, and ties each message to its field', () => {
  const page = pages.register
  assert.doesNotMatch(page, /secret-/)
  assert.match(page, /name="username" type="text"[^>]* value="&quot;/)
  assert.match(page, /id="username"[^>]*aria-invalid="true" aria-describedby="username-hint username-error"/)
  assert.match(page, /role="alert"[\s\S]*href="#username"/)
  assert.doesNotMatch(page, /id="password2"[^>]*aria-invalid/)
})

test('a form without mistakes has no summary', () => {
  assert.doesNotMatch(String(loginPage(frame, emptyForm)), /role="alert"|aria-invalid|checked/)
})

test('the login form keeps where to go and the tick', () => {
  const page = String(loginPage(frame, { values: { next: '/cart/', remember: 'on' }, errors: {} }))
  assert.match(page, /name="next" value="\/cart\/"/)
  assert.match(page, /name="remember" type="checkbox" value="on" checked>/)
})

test('a sold-out product has no button to buy it', () => {
  assert.doesNotMatch(pages['sold out product'], /\/cart\/add\//)
})

test('without the advertisement there is none', () => {
  assert.doesNotMatch(String(loginPage({ ...frame, showAd: false }, emptyForm)), /ad\/close/)
})

test('logging in comes back to the page one was on, and not to the login page', () => {
  const stranger = { ...frame, user: null }
  assert.match(
    String(cartPage({ ...stranger, path: '/?q=a&page=2' }, { items: [], count: 0, total: 0 })),
    /next=%2F%3Fq%3Da%26page%3D2"/,
  )
  assert.doesNotMatch(String(loginPage({ ...stranger, path: '/user/login/' }, emptyForm)), /\?next=/)
})

test('page numbers: first, last, this one and its neighbours', () => {
  assert.deepEqual(pageNumbers(1, 1), [1])
  assert.deepEqual(pageNumbers(1, 2), [1, 2])
  assert.deepEqual(pageNumbers(2, 3), [1, 2, 3])
  assert.deepEqual(pageNumbers(1, 9), [1, 2, null, 9])
  assert.deepEqual(pageNumbers(3, 9), [1, 2, 3, 4, null, 9])
  assert.deepEqual(pageNumbers(4, 9), [1, 2, 3, 4, 5, null, 9], 'a gap of one page is that page')
  assert.deepEqual(pageNumbers(5, 9), [1, null, 4, 5, 6, null, 9])
  assert.deepEqual(pageNumbers(9, 9), [1, null, 8, 9])
})

test('links between pages keep the search, and the first page has the short address', () => {
  const page = String(cataloguePage(frame, { ...catalogueView, q: 'tea & lamp', page: 2 }))
  assert.match(page, /href="\/\?q=tea\+%26\+lamp&amp;page=3"/)
  assert.match(page, /rel="prev" href="\/\?q=tea\+%26\+lamp"/)
  assert.match(String(cataloguePage(frame, { ...catalogueView, q: '', page: 2 })), /rel="prev" href="\/"/)
  assert.doesNotMatch(String(cataloguePage(frame, { ...catalogueView, page: 1 })), /rel="prev"/)
  assert.doesNotMatch(String(cataloguePage(frame, { ...catalogueView, page: 3 })), /rel="next"/)
  assert.doesNotMatch(String(cataloguePage(frame, { ...catalogueView, page: 1, pages: 1 })), /aria-label="Pages"/)
})

test('money is shown in euros and cents', () => {
  assert.equal(formatMoney(1890), '€18.90')
  assert.equal(formatMoney(0), '€0.00')
  assert.equal(formatMoney(123_456_789), '€1,234,567.89')
})

test('this device has no button to log it out, and there are no others to log out when it is the only one', () => {
  assert.equal(pages.devices.match(/\/revoke\//g)?.length, 1)
  assert.match(pages.devices, /revoke-others/)
  assert.doesNotMatch(pages['only device'], /revoke/)
})

test('times are told as people do, and exactly for machines', () => {
  assert.deepEqual(
    [0, 59_999, 60_000, 3_599_999, 7_200_000, 86_400_000, 10 * 86_400_000].map(ms => ago(ms)),
    ['just now', 'just now', '1 minute ago', '59 minutes ago', '2 hours ago', 'yesterday', '10 days ago'],
  )
  assert.match(pages.devices, /<time datetime="1970-01-01T00:00:00.000Z" title="Jan 1, 1970[^"]*UTC">just now<\/time>/)
})
