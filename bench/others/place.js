/** Where a server keeps its sessions and users, as the command that starts it says, and how it tells its port. */
export const { store, database, redis, account, manyRoutes } = JSON.parse(process.argv[2])

export function listening(port) {
  process.stdout.write(`${JSON.stringify({ port })}\n`)
}

process.on('disconnect', () => process.exit())
