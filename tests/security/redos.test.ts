/**
 * CWE-1333: expressions that a short text keeps busy for long.
 *
 * Every expression of the source is tried, by time: a cost that grows as the square of the length is found, on any machine.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createPath, createResolver, defineConverter, path } from 'nuages/urls'
import ts from 'typescript-5'
import { deviceName } from '../../src/auth/device-name.ts'
import { foldEmail } from '../../src/auth/email-address.ts'
import { isValidUsername, normalizeEmail, normalizeUsername, validatePassword } from '../../src/auth/index.ts'
import { parseTrustedOrigins } from '../../src/csrf/origin.ts'
import { toCsrfSecret } from '../../src/csrf/token.ts'
import { parseByteRange } from '../../src/files/byte-range.ts'
import { cleanStorageName, contentDisposition } from '../../src/files/index.ts'
import { parseHeaderValue } from '../../src/http/header-parameters.ts'
import { splitDomainPort } from '../../src/http/host.ts'
import {
  cleanFileName,
  isSafeRedirect,
  parseCookies,
  parseHttpDate,
  parseMediaType,
  prefersHtml,
} from '../../src/http/index.ts'
import { multipartBoundary } from '../../src/http/multipart-boundary.ts'
import { parseQueryText } from '../../src/http/query-dict.ts'
import { decodePath, splitTarget } from '../../src/http/target.ts'
import { parseJson } from '../../src/kit/index.ts'
import { parseMailAddress } from '../../src/mail/index.ts'
import { printable } from '../../src/middleware/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { loads } from '../../src/signing/index.ts'
import { parseMetadata } from '../../src/tus/protocol.ts'
import { attacksOn, growsTooFast, textOf } from './regex-attacks.ts'

const source = join(import.meta.dirname, '../../src')

/** Texts of these come from the application's own source, never from a visitor. */
const ownTexts: ReadonlySet<string> = new Set([
  'urls/converter.ts',
  'urls/route-text.ts',
  'openapi/describe.ts',
  'openapi/route-path.ts',
])

interface Found {
  readonly expression: RegExp
  readonly place: string
}

function literalParts(text: string): [string, string] {
  const [, pattern = '', flags = ''] = /^\/(.*)\/(\w*)$/s.exec(text) ?? []
  return [pattern, flags]
}

/** Those of `latePattern(String.raw`…`, 'u')`. */
function lateParts(node: ts.Node): [string, string] | null {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'latePattern')
    return null
  const [source, flags] = node.arguments
  assert.ok(source && ts.isTaggedTemplateExpression(source) && ts.isNoSubstitutionTemplateLiteral(source.template))
  assert.ok(flags && ts.isStringLiteral(flags))
  return [source.template.rawText ?? '', flags.text]
}

/** The regular expressions written in a file. */
function expressionsOf(file: string): Found[] {
  const text = readFileSync(join(source, file), 'utf8')
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext)
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    const written = ts.isRegularExpressionLiteral(node) ? literalParts(node.text) : lateParts(node)
    if (written !== null) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree))
      found.push({ expression: new RegExp(...written), place: `${file}:${line + 1}` })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function slowText({ expression }: Found): string | undefined {
  const run = expression.global
    ? (text: string) => text.replace(expression, '')
    : (text: string) => {
        expression.lastIndex = 0
        return expression.test(text)
      }
  const attack = attacksOn(expression).find(each => growsTooFast(run, each))
  return attack && JSON.stringify(textOf(attack, 10))
}

describe('a regular expression of the source', () => {
  it('takes a time that grows no faster than the text', t => {
    const files = globSync('**/*.ts', { cwd: source, exclude: ['**/*.test.ts'] }).filter(file => !ownTexts.has(file))
    const all = files.flatMap(expressionsOf)
    t.diagnostic(`${all.length} expressions`)
    assert.ok(all.length > 100)
    const slow = all.map(found => [found, slowText(found)] as const).filter(([, text]) => text !== undefined)
    assert.deepEqual(
      slow.map(([{ expression, place }, text]) => `${place} ${expression}: ${text}`),
      [],
    )
  })
})

const allValidators = defineSettings({ SECRET_KEY: 'secret' }).AUTH_PASSWORD_VALIDATORS

/** One of each kind of placeholder, and what makes a backtracking matcher slow: several that take the same text. */
const resolver = createResolver([
  path('a/<str:a>-<str:b>-<str:c>-<slug:d>/', () => {}),
  path('b/<path:a>/<path:b>/x/<path:c>/y', () => {}),
  path('c/<int:a><slug:b><str:c>.json', () => {}),
  createPath({ word: defineConverter({ pattern: '[a-z]+', parse: text => text, format: text => text }) })(
    'd/<word:a>/<path:b>',
    () => {},
  ),
])

/** What reads text from a stranger before anything is known about it. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  path: text => resolver.resolve(decodePath(text)),
  'path of words': text => resolver.resolve(`/a/${text}`),
  'path of paths': text => resolver.resolve(`/b/${text}`),
  'path of a number': text => resolver.resolve(`/c/1${text}`),
  'path of a pattern': text => resolver.resolve(`/d/${text}`),
  'slash to append': text => resolver.slashRedirect(`/a/${text}`, text),
  target: text => splitTarget(text),
  query: text => parseQueryText(text, { maxFields: null }),
  cookies: text => parseCookies(text),
  'media type': text => parseMediaType(`text/html;${text}`),
  boundary: text => multipartBoundary(`multipart/form-data;${text}`),
  accept: text => prefersHtml(text),
  'part header': text => parseHeaderValue(`form-data; ${text}`),
  'http date': text => parseHttpDate(text, 0),
  redirect: text => isSafeRedirect(text, { hosts: new Set(['shop.example']) }),
  host: text => splitDomainPort(text),
  'trusted origin': parseTrustedOrigins(['https://*.shop.example']),
  'file name': text => cleanFileName(text),
  'storage name': text => cleanStorageName(text),
  'content disposition': text => contentDisposition('attachment', text),
  'byte range': text => parseByteRange(`bytes=${text}`),
  'tus metadata': text => parseMetadata(text),
  'mail address': text => parseMailAddress(text),
  'folded address': text => foldEmail(normalizeEmail(text)),
  username: text => isValidUsername(normalizeUsername(text, 1_000_000)),
  password: text => validatePassword(text, { username: 'ada.lovelace', email: 'ada@example.com' }, allValidators),
  device: text => deviceName(text),
  'csrf token': text => toCsrfSecret(text),
  'signed value': text => loads(text, { key: 'secret' }),
  json: text => parseJson(text),
  'log line': text => printable(text),
}

const pieces = [...' \t\n\0"%&\'(),-./0:;<=>?@A[\\]_a{|}\u00e9\u0301\u{1f600}']
const pairs = [
  'a=',
  '&a',
  'a;',
  ';a=',
  '; ',
  '";',
  '\\"',
  ', ',
  'a,',
  'a/',
  '/-',
  'a-',
  'a.',
  '.a',
  '%2',
  '%25',
  '%ff',
  '@a',
  ':a',
  '[{',
  '<a',
]
const beginnings = ['', 'a', '"', '__', 'a@', '<', 'http://a']

function quietly(run: (text: string) => unknown): (text: string) => void {
  return text => {
    try {
      run(text)
    } catch {
      // A refusal costs what it cost.
    }
  }
}

describe('what reads a stranger’s text', () => {
  for (const [name, read] of Object.entries(readers))
    it(`takes a time that grows no faster than the text: ${name}`, () => {
      for (const round of [...pieces, ...pairs])
        for (const before of beginnings) {
          const attack = { before, round, ending: '\0x=' }
          assert.ok(!growsTooFast(quietly(read), attack, 8192), JSON.stringify(attack))
        }
    })
})
