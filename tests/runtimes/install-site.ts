/** Nuages as a user gets it: built, packed, installed in an empty folder with the clients of databases, and the checks beside it. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { others, root, runProgram } from './runtimes.ts'

const patienceMs = 180_000

async function must(command: readonly string[], cwd: string): Promise<string> {
  const { status, output } = await runProgram(command, { cwd, patienceMs })
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`)
  return output
}

/** What the build reads, and the tarball holds. */
const sources = ['tools', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'README.md', 'LICENSE']

/** Builds in `folder`, not in the repository, whose `dist` others may be running. Answers the folder of the site. */
export async function installSite(folder: string): Promise<string> {
  const copy = join(folder, 'package')
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[]; version: string }
  const published = manifest.files.filter(name => name !== 'dist' && !name.startsWith('!'))
  for (const name of [...sources, ...published]) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  await must(['npm', 'pack', '--pack-destination', folder], copy) // builds first
  const site = join(folder, 'site')
  mkdirSync(site)
  writeFileSync(join(site, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }))
  const packages = [join(folder, `nuages-${manifest.version}.tgz`), ...clients()]
  await must(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], site)
  cpSync(join(import.meta.dirname, 'site'), site, { recursive: true })
  return site
}

/** The packages that a site installs when a setting asks for them, by name and version. */
function clients(): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(join(others, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  const wanted = ['@redis/client', 'bcryptjs', 'mysql2', 'pg']
  return wanted.map(name => `${name}@${dependencies[name]}`)
}
