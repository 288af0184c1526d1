/**
 * The commands for accounts, where these are in a table of the application's own.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { emptyFolder, linkPackages, nuages } from './site.ts'

const appFile = `import { createApp, defineSettings, defineUsers } from 'nuages'
const users = defineUsers({
  model: 'members.Member',
  id: 'uuid',
  username: 'email',
  fields: { phone: 'text', born: 'date', isVip: { type: 'boolean', default: false } },
})
const settings = defineSettings({ SECRET_KEY: 'k'.repeat(50), DATABASE_URL: 'sqlite:db.sqlite3', PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }] })
export const app = createApp({ settings, users, urls: [], logger: null })
`

describe('the nuages command on accounts of the application', () => {
  it('asks for the address that is the name, and for what a column must have', async t => {
    const site = emptyFolder(t)
    linkPackages(site)
    writeFileSync(join(site, 'app.js'), appFile)
    const command = (args: readonly string[], more: object = {}) => nuages(site, [...args, '--app', 'app.js'], more)
    assert.equal((await command(['migrate'])).code, 0)
    const password = 'quiet-rain-on-tin-roofs'
    const input = `ada\nAda@EXAMPLE.com\n12\n1815-12-10\n${password}\n${password}\n`
    const created = await command(['createsuperuser'], { input })
    assert.match(created.stdout, /The name is an address/)
    assert.match(created.stdout, /Superuser Ada@example\.com was created\./, created.stderr)
    const again = await command(['createsuperuser', '--username', 'Ada@example.com'])
    assert.match(again.stderr, /There is a user Ada@example\.com already/)
    const silent = ['createsuperuser', '--noinput', '--username', 'bob@example.com']
    assert.match(
      (await command(silent)).stderr,
      /^--noinput cannot ask for phone\. Set DJANGO_SUPERUSER_PHONE: text\.\n$/,
    )
    const wrong = { DJANGO_SUPERUSER_PHONE: '7', DJANGO_SUPERUSER_BORN: 'soon' }
    assert.match((await command(silent, { env: wrong })).stderr, /^born is a date like 2026-01-31\.\n$/)
    const env = { ...wrong, DJANGO_SUPERUSER_BORN: '1912-06-23' }
    assert.match((await command(silent, { env })).stdout, /bob@example\.com was created\. It has no password/)
    const changed = await command(['changepassword', 'bob@EXAMPLE.com'], { input: `${password}\n${password}\n` })
    assert.match(changed.stdout, /password of bob@example\.com was changed/)
  })
})
