/** What no `fetch` can send, over a bare socket. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { check } from './checks.ts'
import type { DoorKind } from './doors.ts'
import { openSite, type Site } from './shop.ts'

/** Adds all of them, for a door with a socket. */
export function addSocketChecks(kind: DoorKind): void {
  const it = (name: string, body: (site: Site) => Promise<void>): void =>
    check('bare sockets', `${kind.name}: ${name}`, async () => {
      const site = await openSite(kind, {})
      try {
        await body(site)
      } finally {
        await site.door.close()
      }
    })

  it('hosts that are not allowed are refused', async site => {
    const own = new URL(site.door.origin).host
    const place = '/head/caf%C3%A9/'
    const asked = (target: string, ...hosts: readonly string[]): Promise<string> =>
      exchange(
        site,
        `GET ${target} HTTP/1.1\r\n${hosts.map(host => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`,
      )
    assert.match(await asked(place, own), /^HTTP\/1\.1 200/)
    for (const host of ['evil.example', `${own}@evil.example`, `${own}/x`, 'evil.example/?', 'a b', ''])
      assert.match(await asked(place, host), /^HTTP\/1\.1 400/, host)
    for (const hosts of [[], [own, 'evil.example'], ['evil.example', own]])
      assert.match(await asked(place, ...hosts), /^HTTP\/1\.1 400/, hosts.join())
    // The target is what counts (RFC 9112, 3.2.2); a server that hides it may go by the field, which is checked, too.
    assert.doesNotMatch(await asked(`http://evil.example${place}`, own), /"host":"evil/)
    assert.doesNotMatch(await asked(`http://${own}${place}`, 'evil.example'), /"host":"evil/)
  })

  it('a body that no view reads is not the next request', async site => {
    const { host } = new URL(site.door.origin)
    const inner = `GET /book/8/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    const first = `POST /plain/ HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`
    const answer = await exchange(site, `${first}GET /book/9/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    assert.doesNotMatch(answer, /"id":8/)
  })

  it('two lengths are no request', async site => {
    const { host } = new URL(site.door.origin)
    const head = `POST /json/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\n`
    const both = `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`
    const different = `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `
    for (const text of [both, different]) assert.doesNotMatch(await exchange(site, text), /^HTTP\/1\.1 2/)
  })
}

/** What comes back until the server closes, or says nothing for a while. */
async function exchange({ door }: Site, text: string): Promise<string> {
  const socket = connect(door.port as number, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', chunk => {
    answer += chunk
  })
  socket.on('error', () => {}) // a reset ends it, too
  const closed = once(socket, 'close')
  socket.setTimeout(2000, () => socket.destroy())
  socket.write(text, 'latin1')
  await closed
  return answer
}
