/**
 * The workflow that publishes the package: what it runs, and with which rights.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = dirname(dirname(import.meta.dirname))
const workflow = readFileSync(join(root, '.github/workflows/publish.yml'), 'utf8')

/** Text of a job. */
function job(name: string): string {
  const [, text] = workflow.split(new RegExp(`^ {2}${name}:\\n`, 'm'))
  assert.ok(text, `There is no job ${name}.`)
  return text.split(/^ {2}\w+:\n/m)[0] as string
}

/** Its commands, in order. */
const commands = (name: string): readonly string[] =>
  Array.from(job(name).matchAll(/^ +(?:- )?run: (.+)$/gm), ([, command]) => command as string)

test('the package that is published names the repository, as npm demands of one with provenance', t => {
  const all = commands('publish')
  const set = all.findIndex(command => command.startsWith('npm pkg set'))
  const published = all.findIndex(command => command.startsWith('npm publish'))
  assert.ok(set !== -1 && set < published)
  const folder = mkdtempSync(join(tmpdir(), 'nuages-publish-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const copy = join(folder, 'package.json')
  copyFileSync(join(root, 'package.json'), copy)
  execFileSync('sh', ['-ec', all[set] as string], {
    cwd: folder,
    env: { ...process.env, GITHUB_REPOSITORY: 'owner/name' },
    stdio: 'pipe',
  })
  const { repository } = JSON.parse(readFileSync(copy, 'utf8'))
  assert.deepEqual(repository, { type: 'git', url: 'git+https://github.com/owner/name.git' })
})

test('only the job that publishes may, after the tests, and it runs no install script', () => {
  assert.match(workflow, /^permissions: \{\}$/m)
  assert.equal(workflow.match(/: write$/gm)?.length, 1)
  assert.match(job('publish'), /^ {6}id-token: write$/m)
  assert.match(job('publish'), /^ {4}needs: test$/m)
  assert.deepEqual(commands('test').slice(-1), ['.ci/run'])
  const [install] = commands('publish')
  assert.equal(install, 'npm ci --ignore-scripts')
})

test('what is published is built first', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal(scripts.prepack, 'npm run build')
  assert.equal(commands('publish').at(-1), 'npm publish --provenance --access public')
})

test('each action is named by its commit', () => {
  const actions = workflow.match(/\buses: .+/g) ?? []
  assert.ok(actions.length > 0)
  for (const action of actions) assert.match(action, /^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})
