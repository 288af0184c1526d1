/**
 * CWE-78, 95, 918: what a visitor's text could do, were it to get there.
 *
 * Every file of the source that starts a program, runs text as code, opens a connection or makes a regular expression stands here, with where
 * the text comes from. Another one fails until somebody has looked.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript-5'

const source = join(import.meta.dirname, '../../src')

type Danger = 'program' | 'code' | 'connection' | 'expression'

/** Where each is allowed, and why. */
const places: Readonly<Record<Danger, Readonly<Record<string, string>>>> = {
  program: {
    'cli/restarter.ts': 'this program again, with options of its own',
    'cli/start-project.ts': 'npm install, with nothing added',
    'cli/workers.ts': 'this program again, once for each worker',
  },
  code: {
    'auth/hash-thread.ts': 'the file of bcryptjs, as Node finds it',
    'cli/app-file.ts': 'the file of the application, named by the operator',
    'cli/shell.ts': 'what the operator types',
    'kit/load-package.ts': 'names are written where it is called',
    'kit/optional-package.ts': 'names are written where it is called',
  },
  connection: {
    'db/mysql.ts': 'DATABASE_URL',
    'db/postgresql.ts': 'DATABASE_URL',
    'mail/smtp.ts': 'EMAIL_HOST; what a mail holds is never an address to fetch',
    'redis/open.ts': 'REDIS_URL, and the nodes that the cluster there names',
    's3/options.ts': 'the endpoint of the options',
    's3/s3-client.ts': 'the endpoint of the options',
  },
  expression: {
    'http/http-date.ts': 'patterns of the same file',
    'kit/late-pattern.ts': 'patterns are written where it is called',
    'middleware/security.ts': 'SECURE_REDIRECT_EXEMPT',
    'openapi/route-path.ts': 'an expression of the same file',
    's3/s3-xml.ts': 'names of elements, written where it is called',
    'settings/security.ts': 'SECURE_REDIRECT_EXEMPT',
    'urls/converter.ts': 'the pattern of a converter, from the application’s source',
    'urls/route-text.ts': 'an expression of the same file',
    'urls/tree.ts': '`match` of a route, which is no text',
  },
}

/** Modules of Node: those that are not here do nothing of it. */
const builtins: Readonly<Record<string, Danger>> = {
  child_process: 'program',
  cluster: 'program',
  inspector: 'code',
  repl: 'code',
  vm: 'code',
  dgram: 'connection',
  dns: 'connection',
  'dns/promises': 'connection',
  http: 'connection',
  http2: 'connection',
  https: 'connection',
  net: 'connection',
  tls: 'connection',
}

/** What only listens, or only looks at text. */
const listeners: ReadonlySet<string> = new Set(['createServer', 'Server', 'isIP', 'BlockList'])

/** Packages that do nothing of it. Any other is taken to open connections. */
const quietPackages: ReadonlySet<string> = new Set([
  '@remix-run/html-template',
  'bowser',
  'commander',
  'kysely',
  'kysely/migration',
  'sharp',
])

const globals: Readonly<Record<string, Danger>> = {
  eval: 'code',
  Function: 'code',
  fetch: 'connection',
  WebSocket: 'connection',
  EventSource: 'connection',
  XMLHttpRequest: 'connection',
  RegExp: 'expression',
}

/** Functions that load a module by its name. */
const loader = /^(?:import|require|loadPackage|loadOptionalPackage|process\.getBuiltinModule|createRequire\(.*\))$/
/** Methods of texts that make an expression of a text. */
const searching: ReadonlySet<string> = new Set(['match', 'matchAll', 'search'])

/** `names`: what is used of the module; `*` for all of it. */
function ofModule(module: string, names: readonly string[]): Danger | null {
  if (module.startsWith('.')) return null
  if (!isBuiltin(module)) return quietPackages.has(module) ? null : 'connection'
  const danger = builtins[module.replace(/^node:/, '')] ?? null
  return danger === 'connection' && names.every(name => listeners.has(name)) ? null : danger
}

/** What a file uses of what it imports, types apart; `null`: types only. */
function valuesOf(clause: ts.ImportClause | undefined): readonly string[] | null {
  if (clause?.isTypeOnly) return null
  if (clause === undefined || clause.name !== undefined) return ['*']
  const names = clause.namedBindings
  if (names === undefined || !ts.isNamedImports(names)) return ['*']
  const values = names.elements.filter(({ isTypeOnly }) => !isTypeOnly)
  return values.length === 0 ? null : values.map(({ name, propertyName }) => (propertyName ?? name).text)
}

function ofImport(node: ts.ImportDeclaration | ts.ExportDeclaration): Danger | null {
  if (node.moduleSpecifier === undefined) return null
  const isType = ts.isExportDeclaration(node) && node.isTypeOnly
  const names = ts.isImportDeclaration(node) ? valuesOf(node.importClause) : ['*']
  return isType || names === null ? null : ofModule((node.moduleSpecifier as ts.StringLiteral).text, names)
}

function ofCall({ expression, arguments: [first] }: ts.CallExpression, canRequire: boolean): Danger | null {
  const called = expression.getText()
  if (loader.test(called) && (called !== 'require' || canRequire))
    return first !== undefined && ts.isStringLiteral(first) ? ofModule(first.text, ['*']) : 'code'
  if (called === 'latePattern') return first !== undefined && isRaw(first) ? null : 'expression'
  if (!ts.isPropertyAccessExpression(expression) || !searching.has(expression.name.text)) return null
  if (expression.expression.getText() === 'assert') return null
  return first !== undefined && ts.isRegularExpressionLiteral(first) ? null : 'expression'
}

/** A text of the source, with nothing put in. */
function isRaw(node: ts.Expression): boolean {
  return ts.isTaggedTemplateExpression(node) && ts.isNoSubstitutionTemplateLiteral(node.template)
}

/** A global that is used as a value: no type, no name of a member or a parameter. */
function ofIdentifier(node: ts.Identifier): Danger | null {
  const danger = Object.hasOwn(globals, node.text) ? globals[node.text] : undefined
  const { parent } = node
  if (danger === undefined || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return null
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return /^(?:globalThis|global)$/.test(parent.expression.getText()) ? danger : null
  if (ts.isShorthandPropertyAssignment(parent)) return danger
  const { name, propertyName } = parent as { name?: ts.Node; propertyName?: ts.Node }
  return node === name || node === propertyName ? null : danger
}

function dangersOf(text: string): ReadonlySet<Danger> {
  const found = new Set<Danger>()
  const canRequire = text.includes('createRequire')
  const visit = (node: ts.Node): void => {
    let danger: Danger | null = null
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) danger = ofImport(node)
    else if (ts.isCallExpression(node)) danger = ofCall(node, canRequire)
    else if (ts.isIdentifier(node)) danger = ofIdentifier(node)
    if (danger !== null) found.add(danger)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.ESNext, true))
  return found
}

const files = globSync('**/*.ts', { cwd: source, exclude: ['**/*.test.ts'] }).sort()
const dangers = new Map(files.map(file => [file, dangersOf(readFileSync(join(source, file), 'utf8'))]))

/** Also fails for a file that does nothing of it any more. */
function assertPlaces(danger: Danger): void {
  const found = files.filter(file => dangers.get(file)?.has(danger))
  assert.deepEqual(found, Object.keys(places[danger]).sort())
}

describe('the source', () => {
  it('starts no program but those of the command line', () => assertPlaces('program'))

  it('runs no text as code but the operator’s', () => assertPlaces('code'))

  it('connects to nothing but what settings name', () => assertPlaces('connection'))

  it('makes no regular expression of a visitor’s text', () => assertPlaces('expression'))
})

const examples: Readonly<Record<Danger, readonly string[]>> = {
  program: [
    "import { spawn } from 'node:child_process'",
    "import * as processes from 'child_process'",
    "export { exec } from 'node:child_process'",
    "const { exec } = await import('node:child_process')",
    "process.getBuiltinModule('node:child_process').exec(text)",
  ],
  code: [
    'eval(text)',
    'globalThis.eval(text)',
    'const run = eval',
    'new Function(text)',
    "import vm from 'node:vm'",
    'await import(text)',
    "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)(text)",
  ],
  connection: [
    'await fetch(text)',
    'const options = { fetch }',
    'const own = options.fetch ?? fetch',
    'globalThis.fetch(text)',
    'new WebSocket(text)',
    "import { type Server, request } from 'node:http'",
    "import net from 'node:net'",
    "import { connect as open } from 'node:tls'",
    "import { got } from 'got'",
    "const { Client } = loadOptionalPackage<typeof import('pg')>('pg', 'DATABASE_URL')",
  ],
  expression: [
    'new RegExp(text)',
    'RegExp(text)',
    'word.match(text)',
    "word.search('^' + text)",
    "latePattern(text, 'u')",
  ],
}

const harmless = [
  "import type { IncomingMessage } from 'node:http'",
  "import { createServer, type IncomingMessage } from 'node:http'",
  "import { isIP } from 'node:net'",
  "import type { Pool } from 'pg'",
  "import type pg from 'pg'",
  "import './other.ts'",
  "const { sql } = await import('kysely')",
  'class Door { fetch(request: Request) { return this.app.fetch(request) } }',
  'interface Options { readonly fetch?: typeof fetch; readonly pattern: RegExp }',
  'const { fetch: own } = options',
  'word.match(/a/)',
  'assert.match(text, /a/)',
  "latePattern(String.raw`\\p{L}`, 'u')",
]

describe('the search for dangerous calls', () => {
  for (const [danger, texts] of Object.entries(examples))
    for (const text of texts) it(`finds ${danger}: ${text}`, () => assert.ok(dangersOf(text).has(danger as Danger)))

  for (const text of harmless) it(`lets pass: ${text}`, () => assert.deepEqual([...dangersOf(text)], []))
})
