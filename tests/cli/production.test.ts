import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { emptyFolder, type Finished, newSite, nuages, start } from './site.ts'

describe('a start in production', () => {
  const folder = emptyFolder({ after })
  let site = ''
  let key = ''
  before(async () => {
    site = await newSite(folder)
    const file = join(site, '.env')
    key = /^SECRET_KEY=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] as string
    rmSync(file)
  })
  /** Ends what begins to serve: that is a failure, not a wait. */
  const serve = (env: Record<string, string>, ...options: string[]): Promise<Finished> => {
    const running = start(site, ['serve', '--port', '0', ...options], { env, scope: { after } })
    running.waitFor(/^Serving at /m).then(
      () => running.stop('SIGTERM'),
      () => {},
    )
    return running.ended
  }

  it('is refused without SECRET_KEY, with the command that makes one', async () => {
    const missing = await serve({ ALLOWED_HOSTS: 'example.com' })
    assert.deepEqual([missing.code, missing.stdout], [1, ''])
    assert.match(missing.stderr, /^SECRET_KEY is missing\. [^\n]*randomBytes[^\n]*\n$/)
    const empty = await serve({ ALLOWED_HOSTS: 'example.com', SECRET_KEY: '' })
    assert.deepEqual([empty.code, empty.stdout], [1, ''])
    assert.match(empty.stderr, /^SECRET_KEY must be text with something in it[^\n]*\n$/)
  })

  it('is refused with a weak SECRET_KEY, which is not shown', async () => {
    for (const SECRET_KEY of ['changeme-changeme', `django-insecure-${key}`]) {
      const { code, stdout, stderr } = await serve({ ALLOWED_HOSTS: 'example.com', SECRET_KEY })
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^SECRET_KEY: SECRET_KEY is shorter than 50 [^\n]*randomBytes[^\n]*\n[^\n]*runserver\n$/)
      assert.ok(!stderr.includes(SECRET_KEY))
    }
  })

  it('is refused with DEBUG on', async () => {
    const { code, stdout, stderr } = await serve({ ALLOWED_HOSTS: 'example.com', SECRET_KEY: key, DEBUG: 'true' })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^DEBUG: [^\n]*Set DEBUG to false\.\n[^\n]*runserver\n$/)
  })

  it('is refused without ALLOWED_HOSTS', async () => {
    const { code, stdout, stderr } = await serve({ SECRET_KEY: key })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^ALLOWED_HOSTS: [^\n]*List the site's hosts\.\n[^\n]*runserver\n$/)
  })

  it('is refused once for all workers, with everything that is wrong', async () => {
    const { code, stdout, stderr } = await serve({ SECRET_KEY: 'weak', DEBUG: 'true' }, '--workers', '2')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^DEBUG: [^\n]*\nSECRET_KEY: [^\n]*\nALLOWED_HOSTS: [^\n]*\n[^\n]*runserver\n$/)
  })

  it('begins when nothing of this is so, whatever else check --deploy would like', async t => {
    const env = { SECRET_KEY: key, ALLOWED_HOSTS: '127.0.0.1', DATABASE_URL: 'sqlite::memory:' }
    const running = start(site, ['serve', '--port', '0'], { scope: t, env })
    const [, url = ''] = await running.waitFor(/^Serving at (http:\S+)\/ /m)
    assert.equal((await fetch(`${url}/nothing/`)).status, 404)
    assert.equal((await running.stop('SIGTERM')).code, 0)
    assert.equal((await nuages(site, ['check', '--deploy'], { env })).code, 1)
  })
})
