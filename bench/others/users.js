/** The users of a server that has none of its own: a table, a look-up by id and one by name. */
import { execute, prepare } from './database.js'
import { account } from './place.js'
import { verify } from './verify.js'

await execute(`CREATE TABLE users (id integer PRIMARY KEY, username text NOT NULL UNIQUE, password text NOT NULL, is_active integer NOT NULL);
INSERT INTO users VALUES (1, '${account.username}', '${account.hash}', 1)`)

const byId = prepare('user-by-id', 'SELECT id, username, is_active FROM users WHERE id = $1')
const byName = prepare('user-by-name', 'SELECT id, password, is_active FROM users WHERE username = $1')

/** Resolves `null` for who may not come in. */
export async function findUser(id) {
  const user = id === undefined ? undefined : await byId(id)
  return user?.is_active === 1 ? user : null
}

export async function authenticate({ username, password }) {
  const user = await byName(username)
  return user?.is_active === 1 && (await verify(password, user.password)) ? user : null
}
