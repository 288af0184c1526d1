/** What answers first: node:http, a SQLite file, statements that are held. `floor.js FILE`. */
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

const db = new DatabaseSync(process.argv[2])
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS user (id integer PRIMARY KEY, username text NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS session (key text PRIMARY KEY, data text NOT NULL, expires text NOT NULL)`)
const readSession = db.prepare('SELECT data FROM session WHERE key = ? AND expires > ?')
const readUser = db.prepare('SELECT id, username FROM user WHERE id = ?')

const server = createServer((request, response) => {
  const key = /sessionid=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
  const session = readSession.get(key, new Date().toISOString())
  const user = session && readUser.get(JSON.parse(session.data).user)
  const body = JSON.stringify({ username: user?.username ?? null })
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
