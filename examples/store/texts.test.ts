import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inLanguage, preferredLanguage, texts } from './texts.ts'

test('the language is the one that the browser wants most, of those we speak', () => {
  const cases = {
    '': 'en',
    'zh-CN,zh;q=0.9,en;q=0.8': 'zh',
    'en-GB,en;q=0.9,zh;q=0.8': 'en',
    'fr, zh;q=0.4, en;q=0.5': 'en',
    'de, ZH-Hant-TW;q=0.1': 'zh',
    'zh;q=0': 'en',
    '*': 'en',
    'zh;q=9, ;;, zh;q': 'en',
  }
  for (const [header, language] of Object.entries(cases)) assert.equal(preferredLanguage(header), language, header)
  assert.equal(preferredLanguage(null), 'en')
  assert.equal(preferredLanguage(`${'a'.repeat(1_000_000)},zh`), 'en')
})

test('values stand where the text wants them, and are not looked into', () => {
  assert.equal(texts({ language: 'zh' })('page {page} of {pages}', { page: 2, pages: 3 }), '第 2 页，共 3 页')
  assert.equal(texts({})('{name}, a drawing', { name: '{name}' }), '{name}, a drawing')
})

test('a text without a translation does not compile', () => {
  // @ts-expect-error: nobody has translated that
  assert.equal(texts({})('Nobody has translated that.'), 'Nobody has translated that.')
})

test('a message that nobody knows stays as it is, whatever it is called', () => {
  for (const message of ['constructor', '__proto__', 'Welcome, ada.'])
    assert.equal(inLanguage({ language: 'zh' }, message), message)
})
