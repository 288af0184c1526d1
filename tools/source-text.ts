/**
 * Reads just enough TypeScript for the checks: which files there are, what they import, what they export.
 *
 * Relies on the formatter: imports and exports start in the first column, strings have single quotes.
 * Leaves real parsing to the compiler.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One `import`, `export … from`, `import()` or `declare module`. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** `declare module './other.ts'` adds to another file's types and imports nothing. */
  readonly isAugmentation: boolean
}

/** What is not code: comments, templates, regular expressions. Strings are matched too, so that none begins inside one. */
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=(?:[=(,:;!&|?{}[\n]|=>|return)\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g
const fromClause = /^(?:import|export)\b[^'"`;]*?\bfrom\s+'([^'\n]+)'/gm
const bareImport = /^import\s+'([^'\n]+)'/gm
const dynamicImport = /\bimport\(\s*'([^'\n]+)'/g
const augmentation = /^declare module\s+'([^'\n]+)'/gm
const exportList = /^export (type )?\{([^}]*)\}/gm
const exportDeclaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(class|function\*?|const|let|interface|type)\s+([\w$]+)/gm

/** The text with comments, templates and regular expressions blanked; lines and columns stay where they were. */
export function codeOf(text: string): string {
  return text.replace(token, found => (/^['"]/.test(found) ? found : found.replace(/[^\n]/g, ' ')))
}

export function importsOf(text: string): readonly Import[] {
  const code = codeOf(text)
  const found: Import[] = []
  for (const pattern of [fromClause, bareImport, dynamicImport, augmentation]) {
    for (const match of code.matchAll(pattern)) {
      const specifierAt = match.index + match[0].length
      found.push({
        specifier: match[1] ?? '',
        line: lineAt(code, specifierAt),
        isAugmentation: pattern === augmentation,
      })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

/** The names a face exports, sorted; types are written `type Name`. A class counts as a value. */
export function exportsOf(text: string): readonly string[] {
  const code = codeOf(text)
  if (/^export \*/m.test(code)) throw new Error('`export *` hides what a room shows: name each export.')
  const names: string[] = []
  for (const [, listIsType, list = ''] of code.matchAll(exportList)) {
    for (const item of list.split(',')) {
      const name = item.trim().replace(/^(type )?\w+ as /, '$1')
      if (name !== '') names.push(listIsType ? `type ${name}` : name)
    }
  }
  for (const [, kind = '', name = ''] of code.matchAll(exportDeclaration)) {
    names.push(kind === 'interface' || kind === 'type' ? `type ${name}` : name)
  }
  if (/^export default /m.test(code)) names.push('default')
  return names.sort()
}

/** Number of the line, from 1, that holds the character at `index`. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

/** Every file git tracks or would track under `root`, relative to it; without git, every file outside node_modules. */
export function filesIn(root: string): readonly string[] {
  if (!existsSync(join(root, '.git'))) {
    return globSync('**/*', { cwd: root, exclude: ['**/node_modules', 'dist'], withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort()
  }
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  return [...new Set(listed.toString().split('\0'))].filter(file => file !== '' && existsSync(join(root, file))).sort()
}

/** The text of a file, or `null` when it is not text. */
export function textOf(path: string): string | null {
  const bytes = readFileSync(path)
  return bytes.includes(0) ? null : bytes.toString()
}
