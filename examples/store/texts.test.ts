import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue } from './catalogue.ts'
import { goodsIn } from './goods.ts'
import { accountTexts } from './texts/account.ts'
import { browserTexts } from './texts/browser.ts'
import { shopTexts } from './texts/shop.ts'
import { staffTexts } from './texts/staff.ts'
import { inLanguage, preferredLanguage, textIn, textKeys, texts } from './texts.ts'

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

test('a message that came in English is said in another language, with its values as they are', () => {
  const say = (message: string): string => inLanguage({ language: 'zh' }, message)
  assert.equal(say('This field is required.'), '此项必填。')
  assert.equal(say('The file is larger than 5242880 bytes.'), '文件超过 5242880 字节。')
  assert.equal(say('Now: Cart\nCart'), '现在是：Cart\nCart')
  assert.equal(inLanguage({}, 'Now: Cart'), 'Now: Cart')
})

test('a message that nobody knows stays as it is, whatever it is called', () => {
  for (const message of ['constructor', '__proto__', 'Farewell, ada.', '3 left'])
    assert.equal(inLanguage({ language: 'zh' }, message), message)
})

test('a translation has the values of its text, each as often', () => {
  const placesOf = (text: string): string[] => (text.match(/\{[a-z]+\}/g) ?? []).sort()
  for (const key of textKeys) assert.deepEqual(placesOf(textIn({ language: 'zh' }, key)), placesOf(key), key)
})

test('goods of the shop are described in Chinese, and what staff wrote is left as it is', () => {
  for (const product of catalogue)
    assert.match(goodsIn({ language: 'zh' }, product), /^\p{Script=Han}|^\d/u, product.sku)
  const other = { sku: 'MUG-FOG', description: 'Cracked.' }
  assert.equal(goodsIn({ language: 'zh' }, other), 'Cracked.')
})

test('every text of the shop is said somewhere', () => {
  const files = globSync('{*,pages/*,views/*,browser/*}.ts', { cwd: import.meta.dirname }).filter(
    file => !file.includes('.test'),
  )
  const sources = files.map(file => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n')
  const own = { ...shopTexts, ...accountTexts, ...staffTexts, ...browserTexts }
  const fixed = Object.keys(own).filter(key => !sources.includes(`'${key}'`))
  assert.deepEqual(fixed, ['Unknown device'], 'Nuages says that')
})
