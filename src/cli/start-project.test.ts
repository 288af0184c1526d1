import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { emptyFolder, newSite, nuages, repository } from '../../tests/cli/site.ts'
import { startProject } from './start-project.ts'

describe('startproject', () => {
  it('makes a site with every name filled in, and says what to do next', async t => {
    const folder = emptyFolder(t)
    const { code, stdout } = await nuages(folder, [
      'startproject',
      'my-site',
      '--no-install',
      '--nuages',
      'file:../a "b".tgz',
    ])
    assert.equal(code, 0)
    assert.match(stdout, / {2}cd my-site\n {2}npm install\n {2}npm start\n$/)
    const site = join(folder, 'my-site')
    const manifest = JSON.parse(readFileSync(join(site, 'package.json'), 'utf8'))
    assert.equal(manifest.name, 'my-site')
    assert.equal(manifest.dependencies.nuages, 'file:../a "b".tgz')
    for (const entry of readdirSync(site, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      assert.doesNotMatch(entry.name, /template|^gitignore$/)
      assert.doesNotMatch(readFileSync(join(entry.parentPath, entry.name), 'utf8'), /\{\{|nuages-source/)
    }
  })

  it('gives each site a key of its own that only its owner can read and git ignores', async t => {
    const keys = new Set<string>()
    for (const folder of [emptyFolder(t), emptyFolder(t)]) {
      const site = await newSite(folder)
      assert.equal(statSync(join(site, '.env')).mode & 0o777, 0o600)
      assert.match(readFileSync(join(site, '.gitignore'), 'utf8'), /^\.env$/m)
      keys.add(/^SECRET_KEY=([A-Za-z0-9]{64})$/m.exec(readFileSync(join(site, '.env'), 'utf8'))?.[1] ?? 'none')
    }
    assert.equal(keys.size, 2)
    assert.ok(!keys.has('none'))
  })

  it('refuses a name that npm would refuse, one of a package it needs, and one that leaves the folder', async () => {
    for (const name of ['My Site', '../site', '/tmp/site', '.site', '-x', '', 'a/b', 'nuages', 'zod', 'node_modules'])
      await assert.rejects(startProject(name, { nuages: '*', install: false }), {
        name: 'CommandFailed',
        message: /like: my-/,
      })
  })

  it('leaves a folder with something in it alone, and takes an empty one', async t => {
    const folder = emptyFolder(t)
    mkdirSync(join(folder, 'full'))
    mkdirSync(join(folder, 'empty'))
    writeFileSync(join(folder, 'full/notes.txt'), 'mine')
    writeFileSync(join(folder, 'file'), '')
    const refused = await nuages(folder, ['startproject', 'full', '--no-install'])
    assert.deepEqual(
      [refused.code, refused.stderr],
      [1, 'The folder full is not empty. Take another name, or empty it first.\n'],
    )
    assert.deepEqual(readdirSync(join(folder, 'full')), ['notes.txt'])
    assert.equal((await nuages(folder, ['startproject', 'file', '--no-install'])).code, 1)
    assert.equal((await nuages(folder, ['startproject', 'empty', '--no-install'])).code, 0)
  })

  it('makes a site whose own tests and types pass', async t => {
    const site = await newSite(emptyFolder(t))
    const options = { cwd: site, encoding: 'utf8' } as const
    const test = spawnSync(process.execPath, ['--conditions=nuages-source', '--env-file-if-exists=.env', '--test'], {
      ...options,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    })
    assert.equal(test.status, 0, test.stdout)
    assert.match(test.stdout, /pass 4/)
    const tsc = join(repository, 'node_modules/.bin/tsc')
    const types = spawnSync(tsc, ['-p', '.', '--customConditions', 'nuages-source'], options)
    assert.equal(types.status, 0, types.stdout)
  })
})
