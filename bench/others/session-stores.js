/** Stores for express-session, which @fastify/session takes, too: connect-pg-simple, connect-redis, and one on node:sqlite. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import connectPg from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { createClient } from 'redis'
import { execute, pool, sqlite } from './database.js'
import { redis, store } from './place.js'

const dayMs = 86_400_000

/** Written as the stores for SQLite on npm are: get, set, touch and destroy, and expired rows are not found. */
class SqliteStore extends session.Store {
  #get = sqlite.prepare('SELECT sess FROM session WHERE sid = ? AND expire > ?')
  #set = sqlite.prepare(
    'INSERT INTO session VALUES (?, ?, ?) ON CONFLICT (sid) DO UPDATE SET sess = excluded.sess, expire = excluded.expire',
  )
  #touch = sqlite.prepare('UPDATE session SET expire = ? WHERE sid = ? AND expire > ?')
  #destroy = sqlite.prepare('DELETE FROM session WHERE sid = ?')

  get(sid, done) {
    answer(done, () => {
      const row = this.#get.get(sid, Date.now())
      return row && JSON.parse(row.sess)
    })
  }

  set(sid, data, done) {
    answer(done, () => void this.#set.run(sid, JSON.stringify(data), expiryOf(data)))
  }

  touch(sid, data, done) {
    answer(done, () => void this.#touch.run(expiryOf(data), sid, Date.now()))
  }

  destroy(sid, done) {
    answer(done, () => void this.#destroy.run(sid))
  }
}

function expiryOf({ cookie }) {
  return cookie?.expires ? new Date(cookie.expires).getTime() : Date.now() + dayMs
}

function answer(done, work) {
  let result
  try {
    result = work()
  } catch (error) {
    return done?.(error)
  }
  done?.(null, result)
}

/** For one of the servers; its table is made. */
export async function openSessionStore() {
  if (store === 'redis') return new RedisStore({ client: await createClient({ url: redis }).connect() })
  if (store === 'postgresql') {
    await execute(readFileSync(fileURLToPath(import.meta.resolve('connect-pg-simple/table.sql')), 'utf8'))
    return new (connectPg(session))({ pool })
  }
  await execute('CREATE TABLE session (sid text PRIMARY KEY, sess text NOT NULL, expire integer NOT NULL)')
  return new SqliteStore()
}
