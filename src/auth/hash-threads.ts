/**
 * Threads that compute password hashes.
 *
 * Not those of libuv's pool: files and DNS wait on these, and they have the priority of the thread that answers requests, which a burst of
 * logins would starve. Leaves how many run at once to ./hash-queue.ts.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { HashAnswer, HashTasks } from './hash-thread.ts'

const file = new URL(`./hash-thread${extname(import.meta.filename)}`, import.meta.url)

/** Threads that have nothing to do, the one used last in the end. In all there are as many as hashes were ever computed at once. */
const idle: Worker[] = []

/** Computes a hash off the event loop. @throws what the algorithm throws for parameters that it does not take. */
export function computeHash<Name extends keyof HashTasks>(name: Name, task: HashTasks[Name]): Promise<Buffer> {
  const worker = idle.pop() ?? startThread()
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
    }
    const onMessage = (answer: HashAnswer): void => {
      stop()
      worker.unref()
      idle.push(worker)
      if ('error' in answer) reject(answer.error)
      else resolve(Buffer.from(answer.hash.buffer, answer.hash.byteOffset, answer.hash.byteLength))
    }
    const onError = (error: unknown): void => {
      stop()
      reject(error)
    }
    const onExit = (code: number): void => onError(new Error(`A thread that computes hashes ended with code ${code}.`))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.ref()
    worker.postMessage({ name, task })
  })
}

/** With no flags and no environment: what a process is started with, such as a tracer, is not for this thread. */
function startThread(): Worker {
  const worker = new Worker(file, { name: 'nuages-hash', env: {}, execArgv: [] })
  worker.on('exit', () => {
    const index = idle.indexOf(worker)
    if (index !== -1) idle.splice(index, 1)
  })
  return worker
}
