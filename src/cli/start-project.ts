/**
 * `nuages startproject`: a new site from `templates/site`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomString } from '../kit/index.ts'
import { envFile } from './app-file.ts'
import { CommandFailed } from './errors.ts'
import { siteTemplate } from './own-package.ts'

export interface StartProjectOptions {
  /** What package.json asks npm for. */
  readonly nuages: string
  readonly install: boolean
}

/** A folder and npm package in one: what npm lets a package be called. */
const possibleName = /^[a-z0-9][a-z0-9._-]{0,99}$/

/** Files that npm or an editor would take for this package's own are kept under other names; `tsconfig.json` is for them. */
const realNames: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'package.json.template': 'package.json',
  'tsconfig.json.template': 'tsconfig.json',
}

/** 64 of 62 characters: 381 random bits; Django's keys have 50 characters. None that a shell or `.env` would read as anything else. */
const keyLength = 64
const keyAlphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Makes the folder `name`. @throws {CommandFailed} before anything is written, for a name or a folder that will not do. */
export async function startProject(name: string, { nuages, install }: StartProjectOptions): Promise<void> {
  requireUsableName(name)
  requireEmptyFolder(name)
  copyTemplate(name, { name, nuages })
  writeEnvironment(name)
  if (install) runInstall(name)
  const steps = [`cd ${name}`, ...(install ? [] : ['npm install']), 'npm start']
  process.stdout.write(`\n${name} is ready. Next:\n\n${steps.map(step => `  ${step}\n`).join('')}`)
}

function requireUsableName(name: string): void {
  if (!possibleName.test(name))
    throw new CommandFailed(
      `${JSON.stringify(name)} cannot name a site. Use small letters, digits, - _ and . like: my-site`,
    )
  const { dependencies, devDependencies } = JSON.parse(templateText('package.json.template'))
  if (Object.hasOwn({ ...dependencies, ...devDependencies }, name) || name === 'node_modules')
    throw new CommandFailed(
      `A site named ${name} could not use the package ${name}. Take another name, like: my-${name}`,
    )
}

function requireEmptyFolder(folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory())
    throw new CommandFailed(`There is a file ${folder} here already. Take another name.`)
  if (readdirSync(folder).length > 0)
    throw new CommandFailed(`The folder ${folder} is not empty. Take another name, or empty it first.`)
}

function templateText(file: string): string {
  return readFileSync(new URL(file, siteTemplate), 'utf8')
}

/** Fills in `{{name}}` and `{{nuages}}`. Both stand inside JSON strings or plain text, and neither may leave them. */
function copyTemplate(folder: string, values: { readonly name: string; readonly nuages: string }): void {
  const root = fileURLToPath(siteTemplate)
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'tsconfig.json') continue
    const inside = join(entry.parentPath, entry.name).slice(root.length)
    const target = join(folder, dirname(inside), realNames[entry.name] ?? entry.name)
    const text = templateText(inside.replaceAll('\\', '/')).replace(
      /\{\{(name|nuages)\}\}/g,
      (_, key: 'name' | 'nuages') => JSON.stringify(values[key]).slice(1, -1),
    )
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text, { flag: 'wx' })
  }
}

/** The secret of this machine: git-ignored, and nobody else's to read. */
function writeEnvironment(folder: string): void {
  const text = `# This machine's settings. Not for git; production has its own.\nSECRET_KEY=${randomString(keyLength, keyAlphabet)}\nDEBUG=true\n`
  writeFileSync(join(folder, envFile), text, { flag: 'wx', mode: 0o600 })
}

function runInstall(folder: string): void {
  process.stdout.write(`Installing what ${folder} needs …\n`)
  const flags = ['install', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync('npm', flags, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error === undefined && status === 0) return
  throw new CommandFailed(
    `npm install failed; its message stands above. Mend that, then: cd ${folder} && npm install && npm start`,
  )
}
