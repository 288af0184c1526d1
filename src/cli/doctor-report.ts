/**
 * What `nuages doctor` found, and how it says so.
 *
 * Owns the words around the findings. Leaves the findings to the files that look, the settings to ./doctor-settings.ts.
 */

import type { SuggestedSetting } from './doctor-settings.ts'
import { settingsBlock, usersBlock } from './doctor-settings.ts'
import { count, printable } from './doctor-text.ts'
import type { SuggestedUsers } from './doctor-users-definition.ts'

export const marks = ['ok', 'warn', 'fail'] as const
export type Mark = (typeof marks)[number]

export const subjects = ['Tables', 'Accounts', 'Passwords', 'Sessions', 'Key', 'Time', 'Rights'] as const
export type Subject = (typeof subjects)[number]

/** One thing that was looked at. `fix` says what to do about it; `null`: nothing. */
export interface Finding {
  readonly subject: Subject
  readonly mark: Mark
  readonly text: string
  readonly fix: string | null
}

/** All of it. */
export interface Report {
  /** The file, or the server and the name; never a password. */
  readonly database: string
  /** False as soon as one finding is a `fail`. */
  readonly ok: boolean
  readonly findings: readonly Finding[]
  /** What a `defineSettings` beside this site has to hold. */
  readonly settings: readonly SuggestedSetting[]
  /** What `defineUsers` takes, where the users are not in `auth_user`. */
  readonly users: SuggestedUsers | null
}

/** Collects findings, in the order in which they are made. */
export class Findings {
  readonly all: Finding[] = []

  ok(subject: Subject, text: string): void {
    this.#add({ subject, mark: 'ok', text, fix: null })
  }

  warn(subject: Subject, text: string, fix: string | null = null): void {
    this.#add({ subject, mark: 'warn', text, fix })
  }

  fail(subject: Subject, text: string, fix: string | null = null): void {
    this.#add({ subject, mark: 'fail', text, fix })
  }

  get failed(): boolean {
    return this.all.some(({ mark }) => mark === 'fail')
  }

  #add(finding: Finding): void {
    this.all.push({ ...finding, text: printable(finding.text), fix: finding.fix && printable(finding.fix) })
  }
}

const signs: Readonly<Record<Mark, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }
const width = 110
const indent = ' '.repeat(8)

/** The report for a person. */
export function reportText({ database, findings, settings, users }: Report): string {
  const lines = [`${printable(database)}, looked at without writing.`]
  for (const subject of subjects) {
    const own = findings.filter(finding => finding.subject === subject)
    if (own.length === 0) continue
    lines.push('', subject)
    for (const { mark, text, fix } of own) {
      lines.push(...wrap(`  ${signs[mark]}  `, text))
      if (fix !== null) lines.push(...wrap(`${indent}-> `, fix))
    }
  }
  if (settings.length > 0) lines.push('', 'Settings for Nuages beside this site:', '', settingsBlock(settings))
  if (users !== null) lines.push('', 'Its users, for createApp({ settings, users, urls }):', '', usersBlock(users))
  return [...lines, '', summary(findings)].join('\n')
}

function summary(findings: readonly Finding[]): string {
  const failures = findings.filter(({ mark }) => mark === 'fail').length
  const warnings = findings.filter(({ mark }) => mark === 'warn').length
  if (failures > 0) return `${count(failures, 'thing')} must change first; ${count(warnings, 'warning')}.`
  return warnings > 0 ? `Nothing stands in the way; ${count(warnings, 'warning')}.` : 'Nothing stands in the way.'
}

function wrap(lead: string, text: string): string[] {
  const lines: string[] = []
  let line = lead
  for (const word of text.split(' ')) {
    if (line.length + word.length > width && line.trim() !== '' && line !== lead) {
      lines.push(line.trimEnd())
      line = ' '.repeat(lead.length)
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
