/**
 * The servers that are measured: ours by each door and in each style, those of others beside them.
 */
import { mebibyte } from './sizes.ts'

export interface Racer {
  readonly name: string
  readonly program: string
  /** What follows the folder on the command line. */
  readonly args: readonly string[]
  readonly isOurs: boolean
  /** It keeps a form in memory: so many bytes at once, all together, are as much as it is given. */
  readonly mostBytes?: number
}

/** What all are measured by. */
export const yardstick = 'busboy by hand'

const doors = { node: 'nuages/node', fetch: 'app.fetch' } as const
const styles = { FILES: 'request.FILES', parts: 'request.parts()', piped: 'request.parts(), piped' }

const ours: readonly Racer[] = (['node', 'fetch'] as const).flatMap(door =>
  Object.entries(styles).map(([style, text]) => ({
    name: `${doors[door]}, ${text}`,
    program: 'nuages-server.ts',
    args: [door, style],
    isOurs: true,
  })),
)

const other = (name: string, program: string): Racer => ({
  name,
  program: `others/${program}`,
  args: [],
  isOurs: false,
})

export const racers: readonly Racer[] = [
  other(yardstick, 'busboy.js'),
  other('busboy by hand, behind fetch', 'busboy-fetch.js'),
  ...ours,
  other('@fastify/multipart', 'fastify.js'),
  other('multer', 'multer.js'),
  { ...other('Hono, parseBody', 'hono.js'), mostBytes: 256 * mebibyte },
]
