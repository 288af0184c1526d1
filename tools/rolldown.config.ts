/**
 * The JavaScript of `dist`; the declarations are the compiler's. `npm run build` runs both.
 *
 * Owns how few files a start reads, and what Node itself has to load for them: decisions/022-start.md has the figures. What `nuages` and `nuages/node`
 * need is one file, `dist/shared/core.js`. Names stay as they are, so that a stack can be read; a source map leads to `src`, which is in the package.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const sourceOf = (path: string): string => join(root, 'src', path)

interface PackageJson {
  readonly exports: Readonly<Record<string, { readonly 'nuages-source': string }>>
}

/** Every public room, and the command: `src/auth/index.ts` becomes `dist/auth/index.js`. */
function entries(): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson
  const files = Object.values(exports).map(door => door['nuages-source'].slice('./src/'.length))
  return Object.fromEntries([...files, 'cli/main.ts'].map(file => [file.slice(0, -'.ts'.length), sourceOf(file)]))
}

const loader = '\0load-builtin'
/** Modules whose functions no start calls, and that take a millisecond or two each: loaded with the first call. */
const late: ReadonlySet<string> = new Set(['node:fs/promises', 'node:zlib'])

/**
 * Node's own modules, by `require`: `import` would ask each for all that it exports, and `node:http` then loads `fetch` and the web sockets, a third of
 * the start of a server. Instrumentations that wrap `require` see it.
 */
const builtins = {
  name: 'builtins',
  resolveId(id: string): string | { readonly id: string; readonly moduleSideEffects: false } | null {
    if (id === loader) return id
    return id.startsWith('node:') ? { id: `\0${id}`, moduleSideEffects: false } : null
  },
  /** Of `import * as`, the bundler would take what this Node has for what every runtime has: the default import is asked when it runs. */
  transform(code: string, id: string): null {
    if (/^import \* as \w+ from 'node:/m.test(code)) throw new Error(`${id}: write "import name from 'node:…'".`)
    return null
  },
  load(id: string): string | null {
    if (id === loader)
      return "export const load = process.getBuiltinModule('node:module').createRequire(import.meta.url)"
    return id.startsWith('\0node:') ? builtinText(id.slice(1)) : null
  },
}

/** A module that exports what one of Node's does; what nobody imports is left out of the bundle. */
function builtinText(name: string): string {
  const builtin = process.getBuiltinModule(name) as Readonly<Record<string, unknown>>
  const members = Object.keys(builtin).filter(member => member !== 'default')
  const functions = members.filter(member => typeof builtin[member] === 'function' && /^[a-z]/.test(member))
  const lines = late.has(name) ? lateLines(name, functions) : earlyLines(name, members)
  return [`import { load } from '\\0load-builtin'`, ...lines].join('\n')
}

function earlyLines(name: string, members: readonly string[]): readonly string[] {
  return [
    `const loaded = load('${name}')`,
    'const member = name => loaded[name]',
    'export default loaded',
    ...members.map(member => `export const ${member} = /* @__PURE__ */ member('${member}')`),
  ]
}

/** Whoever imports a class or a constant of such a module ends the build. */
function lateLines(name: string, functions: readonly string[]): readonly string[] {
  const call = (member: string): string => `(loaded ??= load('${name}')).${member}(...values)`
  return ['let loaded', ...functions.map(member => `export const ${member} = (...values) => ${call(member)}`)]
}

/** Packages stay what the user has installed; only what the bundler itself adds comes along. */
const isPackage = (id: string): boolean => /^[@\w]/.test(id) && !/^(?:node:|@oxc-project\/)/.test(id)

const common = {
  platform: 'node',
  transform: { target: 'node24.15' },
  external: isPackage,
  plugins: [builtins],
  logLevel: 'warn',
}
const output = { dir: join(root, 'dist'), format: 'esm', comments: { legal: true, annotation: false, jsdoc: false } }

const doors = {
  ...common,
  input: entries(),
  output: {
    ...output,
    chunkFileNames: 'shared/[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: { groups: [{ name: 'core', test: /\/src\/(?:node\/)?index\.ts$/ }] },
  },
}

/** Each stands alone, beside the file that starts it. */
const threads = ['auth/hash-thread.ts', 'db/sqlite-checkpoint-thread.ts'].map(file => ({
  ...common,
  input: sourceOf(file),
  output: { ...output, dir: join(root, 'dist/shared'), codeSplitting: false },
}))

const bundles: readonly object[] = [doors, ...threads]
export default bundles
