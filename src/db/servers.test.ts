import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type DatabaseTest, withDatabases } from '../../tests/real-parts.ts'
import { ConfigError, loadOptionalPackage } from '../kit/index.ts'
import { DatabaseUnavailable, openDatabase, type UnavailableReason } from './index.ts'
import { numberPlaceholders } from './postgresql.ts'

function unavailable(reason: UnavailableReason): (error: unknown) => boolean {
  return error =>
    error instanceof DatabaseUnavailable && error.reason === reason && !/secret/.test(error.message + error.detail)
}

/** A server in front of the real one, to take away and bring back. */
class Gate {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #port = 0
  /** Swallow everything from now on, without closing. */
  silent = false

  constructor(url: URL, defaultPort: number) {
    this.#target = { host: url.hostname, port: Number(url.port || defaultPort) }
  }

  async open(): Promise<number> {
    this.#server = createServer(client => {
      const server = connect(this.#target)
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(from)
        from.on('data', chunk => this.silent || to.write(chunk))
        from.on('error', () => to.destroy())
        from.on('close', () => to.destroy())
      }
    })
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    return this.#port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
    await new Promise(resolve => this.#server?.close(resolve))
  }
}

async function openGate({ t, url, dialect }: DatabaseTest): Promise<{ gate: Gate; url: string }> {
  const gated = new URL(url)
  const gate = new Gate(gated, dialect === 'postgresql' ? 5432 : 3306)
  gated.port = String(await gate.open())
  t.after(() => gate.close())
  return { gate, url: gated.href }
}

withDatabases('a server', (it, dialect) => {
  if (dialect === 'sqlite') return

  it('that goes away is 503, and serves again once it is back', async test => {
    const { gate, url } = await openGate(test)
    const db = openDatabase(url)
    try {
      await db.ping()
      await sql`SELECT 1`.execute(db.kysely)
      await gate.close()
      await assert.rejects(db.ping(), unavailable('unreachable'))
      await assert.rejects(sql`SELECT 1`.execute(db.kysely), unavailable('unreachable'))
      await assert.rejects(
        db.kysely.transaction().execute(async () => {}),
        unavailable('unreachable'),
      )
      await gate.open()
      await db.ping()
      await sql`SELECT 1`.execute(db.kysely)
    } finally {
      await db.close()
    }
  })

  it('that says nothing is 503 in bounded time', async test => {
    const { gate, url } = await openGate(test)
    const db = openDatabase(url, { busyMs: 300 })
    try {
      await db.ping()
      gate.silent = true
      await assert.rejects(db.ping(), unavailable('unreachable'))
      gate.silent = false
      await db.ping()
    } finally {
      await gate.close()
      await db.close().catch(() => {})
    }
  })

  it('that refuses the login is 503 without the password', async ({ url }) => {
    const wrong = new URL(url)
    wrong.username = 'nuages_nobody'
    wrong.password = 'secret'
    wrong.pathname = '/nuages_nowhere'
    const db = openDatabase(wrong.href)
    await assert.rejects(db.ping(), unavailable('refused'))
    await db.close()
  })

  it('whose connections are all in use is 503 in bounded time', async ({ open }) => {
    const db = open({ poolSize: 1 })
    const begun = await db.kysely.startTransaction().execute()
    await assert.rejects(db.ping(), unavailable(dialect === 'mysql' ? 'locked' : 'unreachable'))
    await begun.rollback().execute()
    await db.ping()
  })

  it('gets as many connections as its URL says', async ({ t, url }) => {
    const limited = new URL(url)
    limited.searchParams.set('connection_limit', '2')
    const db = openDatabase(limited.href)
    t.after(() => db.close())
    const id = dialect === 'mysql' ? 'CONNECTION_ID()' : 'pg_backend_pid()'
    const doze = dialect === 'mysql' ? 'SLEEP(0.05)' : 'pg_sleep(0.05)'
    const used = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { rows } = await sql<{ id: unknown }>`SELECT ${sql.raw(id)} AS id, ${sql.raw(doze)}`.execute(db.kysely)
        return String(rows[0]?.id)
      }),
    )
    assert.equal(new Set(used).size, 2)
  })

  it('that ends our connection is connected to again', async ({ open }) => {
    const [db, other] = [open({ poolSize: 1 }), open({ poolSize: 1 })]
    const id = dialect === 'mysql' ? 'CONNECTION_ID()' : 'pg_backend_pid()'
    const { rows } = await sql<{ id: number }>`SELECT ${sql.raw(id)} AS id`.execute(db.kysely)
    const end = dialect === 'mysql' ? `KILL ${rows[0]?.id}` : `SELECT pg_terminate_backend(${rows[0]?.id})`
    await sql.raw(end).execute(other.kysely)
    await new Promise(resolve => setTimeout(resolve, 50))
    await db.ping()
  })

  it('whose lock is held too long is 503', async ({ open }) => {
    const [db, other] = [open({ busyMs: 200 }), open()]
    await sql`CREATE TABLE counter (n integer)`.execute(other.kysely)
    await sql`INSERT INTO counter VALUES (0)`.execute(other.kysely)
    await other.kysely.transaction().execute(async trx => {
      await sql`UPDATE counter SET n = 1`.execute(trx)
      await assert.rejects(db.prepare('UPDATE counter SET n = 2').run(), unavailable('locked'))
    })
    assert.equal(await db.prepare('UPDATE counter SET n = 2').run(), 1)
  })

  it('that accepts no writes is 503', async ({ open }) => {
    const db = open({ poolSize: 1 })
    await sql`CREATE TABLE counter (n integer)`.execute(db.kysely)
    const readOnly =
      dialect === 'mysql' ? 'SET SESSION TRANSACTION READ ONLY' : 'SET default_transaction_read_only = on'
    await sql.raw(readOnly).execute(db.kysely)
    await assert.rejects(db.prepare('INSERT INTO counter VALUES (1)').run(), unavailable('read-only'))
  })
})

test('a driver that is not installed is a mistake of the settings, with the command to install it', () => {
  assert.throws(
    () => loadOptionalPackage('not-a-driver', 'DATABASE_URL'),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /npm install not-a-driver/)
      return true
    },
  )
})

test('placeholders are numbered, except between quotes', () => {
  assert.equal(
    numberPlaceholders(`SELECT '?', "a?", 'it''s ?' FROM t WHERE a = ? AND b = ?`),
    `SELECT '?', "a?", 'it''s ?' FROM t WHERE a = $1 AND b = $2`,
  )
})
