/**
 * How long a process and its children have computed: what a request costs the server, whatever else the machine does meanwhile.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** In microseconds, of all threads; `NaN` where the system does not tell (proc(5), schedstat). */
export function processorMicroseconds(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + ofThread(`/proc/${pid}/task/${thread}`), 0)
  } catch {
    return Number.NaN
  }
}

function ofThread(folder: string): number {
  const [nanoseconds] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ')
  const children = readFileSync(`${folder}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + processorMicroseconds(Number(child)), Number(nanoseconds) / 1000)
}
