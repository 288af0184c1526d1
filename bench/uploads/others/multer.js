/** multer on Express, with files on the disk. */
import { rm, stat } from 'node:fs/promises'
import express from 'express'
import multer from 'multer'

const [folder] = process.argv.slice(2)
const app = express()
app.post('/upload', multer({ dest: folder }).any(), async (request, response) => {
  let bytes = 0
  for (const { path } of request.files) {
    bytes += (await stat(path)).size
    await rm(path)
  }
  response.json({ bytes })
})
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
server.requestTimeout = 0
process.on('disconnect', () => process.exit())
