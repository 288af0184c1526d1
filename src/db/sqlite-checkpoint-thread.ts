/**
 * The thread of ./sqlite-checkpoints.ts: moves a log into its file, and says when it is done.
 */
import { parentPort } from 'node:worker_threads'
import { moveLog } from './sqlite-connection.ts'
import type { FileIdentity } from './sqlite-file.ts'

/** Which log: of the database at `path`, while it is `identity` that the path names. */
export interface CheckpointTask {
  readonly path: string
  readonly identity: FileIdentity
}

parentPort?.on('message', ({ path, identity }: CheckpointTask) => {
  try {
    moveLog(path, identity)
  } catch {
    // The log stays as it is, and the connections look after it when it has become long.
  }
  parentPort?.postMessage(null)
})
