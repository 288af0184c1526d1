/** Runs the checks of ./site/ inside a runtime, on databases of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireMysql, requirePostgres } from '../real-parts.ts'
import { type Runtime, root, runProgram } from './runtimes.ts'
import type { Outcome } from './site/checks.ts'
import type { MadeByDjango } from './site/codec-checks.ts'
import type { Config } from './site/main.ts'

export interface SiteReport {
  /** `Deno 2.9.6`. */
  readonly title: string
  readonly outcomes: readonly Outcome[]
  /** What the program wrote beside its report, and why it ended before its time; empty when all is well. */
  readonly noise: string
}

const patienceMs = 600_000

/** @throws when a real part is missing with CI=true. */
export async function checkSite(runtime: Runtime, site: string, only: string): Promise<SiteReport> {
  const cleanup: (() => unknown)[] = []
  const part = {
    after: (step: () => unknown) => cleanup.push(step),
    skip: (why: string) => console.error(why),
  }
  try {
    const places = {
      postgresql: await requirePostgres(part),
      mysql: await requireMysql(part),
      redis: process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379',
    }
    const config: Config = { places, hashes: hashesOfDjango(), only }
    const file = join(site, `${runtime.name}.json`)
    writeFileSync(file, JSON.stringify(config))
    const command = [...runtime.run, 'main.ts', file]
    return readReport(await runProgram(command, { cwd: site, patienceMs }))
  } finally {
    for (const step of cleanup.reverse()) await step()
  }
}

function readReport({ status, output }: { readonly status: number; readonly output: string }): SiteReport {
  const lines = output.split('\n')
  const [first, ...told] = lines.filter(line => /^\{"(?:runtime|part)":/.test(line)).map(line => JSON.parse(line))
  const rest = lines.filter(line => !/^\{"(?:runtime|part)":/.test(line)).join('\n')
  const noise = status === 0 ? rest.trim() : `It ended with status ${status}.\n${rest}`
  return { title: first?.runtime ?? 'It did not start.', outcomes: told, noise }
}

interface PasswordCase {
  readonly op: string
  readonly in: {
    readonly algorithm?: string
    readonly password?: string
    readonly encoded?: string
    readonly iterations?: number
  }
  readonly out: { readonly ok?: boolean; readonly encoded?: string }
}

const ofEach = 5
const algorithms = ['argon2', 'bcrypt', 'bcrypt_sha256', 'pbkdf2_sha1', 'pbkdf2_sha256', 'scrypt']
/** What takes a second to compute proves no more than what takes a moment. */
const dear = /^pbkdf2_\w+\$\d{5,}|\$m=\d{5,}|\$2b\$(?:1|0[5-9])|^scrypt\$\d{5,}/

/** A few hashes of each algorithm, with passwords that one more letter makes wrong. */
function hashesOfDjango(): Readonly<Record<string, readonly MadeByDjango[]>> {
  const vectors = readFileSync(join(root, 'tests/vectors/passwords.json'), 'utf8')
  const known = (JSON.parse(vectors) as { cases: readonly PasswordCase[] }).cases.flatMap(({ op, in: given, out }) => {
    const encoded =
      op === 'password_check' && out.ok ? given.encoded : op === 'password_encode' ? out.encoded : undefined
    const { password } = given
    const isShort = password?.isWellFormed() === true && Buffer.byteLength(password) < 40
    return isShort && encoded !== undefined && !dear.test(encoded) ? [{ password, encoded }] : []
  })
  const of = (algorithm: string): readonly MadeByDjango[] =>
    known.filter(({ encoded }) => encoded.startsWith(`${algorithm}$`)).slice(0, ofEach)
  return Object.fromEntries(algorithms.map(algorithm => [algorithm, of(algorithm)]))
}
