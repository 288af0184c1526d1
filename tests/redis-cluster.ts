/**
 * A Redis Cluster of a test's own: three primaries, and no replicas.
 */
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './outage/free-port.ts'
import type { PartUser } from './real-parts.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

const slotCount = 16_384
const nodeCount = 3

export interface RedisCluster {
  /** Names all nodes. */
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** Runs one command of redis-cli on a node. */
  cli(node: RedisServer, ...command: readonly string[]): Promise<string>
  /** Resolves when each node says that the cluster is whole. */
  settle(): Promise<void>
}

/** Whole, empty; it ends with the test. `args`: for each server. `null` when the test was skipped. */
export async function startRedisCluster(t: PartUser, args: readonly string[] = []): Promise<RedisCluster | null> {
  const nodes: RedisServer[] = []
  for (let index = 0; index < nodeCount; index += 1) {
    const bus = ['--cluster-port', String(await freePort()), '--cluster-node-timeout', '2000']
    const node = await startRedis(t, ['--cluster-enabled', 'yes', ...bus, ...args])
    if (node === null) return null
    nodes.push(node)
  }
  const cluster: RedisCluster = {
    url: `redis-cluster://${nodes.map(node => `127.0.0.1:${node.port}`).join(',')}`,
    nodes,
    cli,
    async settle() {
      for (const node of nodes) {
        while (!(await cli(node, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) await delay(50)
      }
    },
  }
  await form(nodes)
  await cluster.settle()
  return cluster
}

/** Gives each node its share of the slots and makes them known to each other. */
async function form(nodes: readonly RedisServer[]): Promise<void> {
  const [first] = nodes
  if (first === undefined) return
  const busOf = async (node: RedisServer): Promise<string> =>
    /:\d+@(\d+)/.exec(await cli(node, 'CLUSTER', 'NODES'))?.[1] ?? ''
  for (const [index, node] of nodes.entries()) {
    const from = Math.ceil((index * slotCount) / nodeCount)
    const to = Math.ceil(((index + 1) * slotCount) / nodeCount) - 1
    await cli(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    await cli(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  }
  for (const node of nodes.slice(1)) {
    await cli(first, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), await busOf(node))
  }
}

async function cli(node: RedisServer, ...command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-h', '127.0.0.1', '-p', String(node.port), ...command])
  return stdout.trim()
}
