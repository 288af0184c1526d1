import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { emptyFolder, newSite, nuages, start } from '../../tests/cli/site.ts'

const address = /The site is at (http:\/\/127\.0\.0\.1:\d+)\/ until you press Ctrl-C\./

describe('runserver', () => {
  it('creates the tables, serves, and starts anew with each change at the same address, mistakes included', async t => {
    const site = await newSite(emptyFolder(t))
    const running = start(site, ['runserver', '--port', '0'], { scope: t })
    await running.waitFor(/Created auth_user/)
    const [, url = ''] = await running.waitFor(address)
    assert.match(await (await fetch(url)).text(), /You are not logged in/)

    const home = join(site, 'home.ts')
    const text = readFileSync(home, 'utf8')
    writeFileSync(home, text.replace('You are not logged in', 'You are a stranger'))
    assert.equal((await running.waitFor(address))[1], url)
    assert.match(await (await fetch(url)).text(), /You are a stranger/)

    for (const name of ['one', 'two', 'three']) {
      // As editors do that never leave half a file.
      writeFileSync(`${home}.tmp`, text.replace('You are not logged in', `You are visitor ${name}`))
      renameSync(`${home}.tmp`, home)
      await running.waitFor(address)
      assert.match(await (await fetch(url)).text(), new RegExp(`You are visitor ${name}`))
    }

    writeFileSync(home, 'export const = broken')
    await running.waitFor(/Waiting for file changes/)
    assert.match(running.output, /SyntaxError/)
    writeFileSync(home, text)
    await running.waitFor(address)

    appendFileSync(join(site, '.env'), 'SESSION_COOKIE_AGE=soon\n')
    await running.waitFor(/Waiting for file changes/)
    assert.match(running.output, /^SESSION_COOKIE_AGE must be /m)

    const { code } = await running.stop('SIGINT')
    assert.equal(code, 0)
    await assert.rejects(fetch(url))
  })

  it('ends at once, without a stack, while a browser keeps connections open', async t => {
    const running = start(await newSite(emptyFolder(t)), ['runserver', '--port', '0'], { scope: t })
    const [, url = ''] = await running.waitFor(address)
    await (await fetch(url)).text()
    const { code, stderr } = await running.stop('SIGINT')
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('says in one line that the port is taken, and which to take', async t => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const site = await newSite(emptyFolder(t))
    for (const command of [['runserver'], ['serve'], ['serve', '--workers', '2']]) {
      const env = { DEBUG: 'false', ALLOWED_HOSTS: '127.0.0.1' }
      const { code, stderr } = await nuages(site, [...command, '--port', String(port)], { env })
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`^Port ${port} is taken\\. .*--port ${port + 1}\\n$`))
    }
  })
})
