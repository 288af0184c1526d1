/**
 * Writes docs/settings.md from the definitions of the settings and their docstrings.
 *
 * `node tools/settings-reference.ts` writes it; with `--check` it only compares, and fails when the page is stale, or
 * when a docstring tells another default than the code has.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { definitions } from '../src/settings/settings.ts'

const page = new URL('../docs/settings.md', import.meta.url)
/** The files that hold the docstrings, in the order of the page. */
const groups = [
  'core',
  'requests',
  'uploads',
  'files',
  'security',
  'sessions',
  'caches',
  'csrf',
  'accounts',
  'mail',
  'messages',
] as const

const introduction = `# Settings

<!-- Written by tools/settings-reference.ts from src/settings/. Change the docstrings there, then run it. -->

Names and meanings are Django's, so that a settings block carries over line by line. \`defineSettings\` checks every value
at start: a wrong one, or a name that does not exist, is a \`ConfigError\` that says what to do.

\`\`\`ts
import { defineSettings, env, envSettings } from 'nuages'

export default defineSettings({
  SECRET_KEY: env('SECRET_KEY'),
  DATABASE_URL: env('DATABASE_URL', 'sqlite:db.sqlite3'),
  SESSION_COOKIE_AGE: 1_209_600, // seconds
  ...envSettings(), // what the environment holds by these names wins
})
\`\`\`

In the environment: \`true\`, \`false\`, \`1\`, \`0\`; whole numbers; lists with commas between their items, or as JSON; an
empty text or \`none\` for \`null\`.
`

type Name = keyof typeof definitions

/** One setting as its docstring tells it. */
interface Entry {
  readonly name: Name
  readonly paragraphs: readonly string[]
}

function readGroup(group: string): { title: string; entries: Entry[] } {
  const source = readFileSync(new URL(`../src/settings/${group}.ts`, import.meta.url), 'utf8')
  const title = /^\/\*\* The settings (?:of|for) (.+)\. \*\/$/m.exec(source)?.[1] ?? group
  const members = source.matchAll(/ {2}\/\*\*((?:(?!\*\/)[\s\S])+)\*\/\n {2}readonly ([A-Z][A-Z0-9_]+): /g)
  const entries = [...members].map(([, comment = '', name = '']) => ({
    name: name as Name,
    paragraphs: paragraphsOf(comment),
  }))
  return { title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`, entries }
}

function paragraphsOf(comment: string): string[] {
  const text = comment.replaceAll(/\n\s*\* ?/g, '\n').trim()
  return text.split(/\n\s*\n/).map(paragraph => paragraph.replaceAll(/\s*\n\s*/g, ' '))
}

/** A default as one writes it in a settings file: `{ NAME: 'x' }`. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'number') return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, value >= 10_000 ? '_' : '')
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return '{}'
  return String(value)
}

function render({ name, paragraphs: [first = '', ...more] }: Entry): string {
  const { kind, byDefault, secret } = definitions[name]
  const told = / ?Default: (.+)$/.exec(first)
  const actual = literal(byDefault(null))
  if (name !== 'SECRET_KEY' && !told) fail(`${name}: its docstring tells no default.`)
  const exact = told?.[1]?.startsWith('`') === true
  if (exact && !told?.[1]?.startsWith(`\`${actual}\``))
    fail(`${name}: its docstring says ${told?.[1]}, the code ${actual}.`)
  const description = first.replace(/ ?Default: .+$/, '')
  const facts = [
    `Must be ${kind.expected}.`,
    told ? `**Default:** ${told[1]}` : '',
    secret ? 'Never shown in a message.' : '',
  ]
  return [`### \`${name}\``, description, ...more, facts.filter(Boolean).join(' ')].join('\n\n')
}

function fail(message: string): never {
  console.error(`settings-reference: ${message}`)
  process.exit(1)
}

const read = groups.map(readGroup)
const documented = new Set(read.flatMap(group => group.entries.map(entry => entry.name)))
for (const name of Object.keys(definitions) as Name[]) if (!documented.has(name)) fail(`${name} has no docstring.`)
const sections = read.map(({ title, entries }) => [`## ${title}`, ...entries.map(render)].join('\n\n'))
const text = `${[introduction.trimEnd(), ...sections].join('\n\n')}\n`

if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (readOrEmpty() !== text) fail('docs/settings.md is stale. Run: node tools/settings-reference.ts')

function readOrEmpty(): string {
  try {
    return readFileSync(page, 'utf8')
  } catch {
    return ''
  }
}
