/**
 * Finds the first route, in the order of declaration, that matches a path.
 *
 * Routes without placeholders stand in one map of whole paths. The others share a tree, one step per segment,
 * so the number of routes costs nothing. A route with a segment that is a mixture (`<int:id>.json`) or reaches past its
 * slash (`<path:file>`) hangs where its simple segments end, and is tried there.
 * A search visits no node twice, whatever the path.
 */
import type { Kind } from './converter.ts'
import type { Endpoint, Found } from './endpoint.ts'

interface Node {
  /** Lowest index of any endpoint here or below. */
  first: number
  readonly texts: Map<string, Node>
  readonly branches: { readonly kind: Kind; readonly node: Node }[]
  /** The route that ends here. A later one of the same shape is never reached. */
  endpoint: Endpoint | null
  /** Routes that go on in another shape than segments, in the order of declaration. */
  readonly others: Endpoint[]
}

export class Tree {
  readonly #plain = new Map<string, Found>()
  readonly #root = createNode()

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) if (endpoint.placeholders.length > 0) this.#add(endpoint)
    for (const endpoint of endpoints) {
      if (endpoint.placeholders.length > 0) continue
      const path = `/${endpoint.route}`
      // An earlier route with placeholders may match the very same path: then it always wins, and this one never.
      if (!this.#plain.has(path) && search(this.#root, path, 1, endpoint.index) === null) {
        this.#plain.set(path, endpoint.matchPlain())
      }
    }
  }

  find(path: string): Found | null {
    const plain = this.#plain.get(path)
    if (plain !== undefined) return plain
    if (path.charCodeAt(0) !== 0x2f) return null
    return search(this.#root, path, 1, Number.POSITIVE_INFINITY)
  }

  #add(endpoint: Endpoint): void {
    let node = this.#root
    node.first = Math.min(node.first, endpoint.index)
    for (const segment of endpoint.segments) {
      if (segment === null) {
        node.others.push(endpoint)
        return
      }
      node = typeof segment === 'string' ? textChild(node, segment) : branchChild(node, segment.kind)
      node.first = Math.min(node.first, endpoint.index)
    }
    node.endpoint ??= endpoint
  }
}

function createNode(): Node {
  return { first: Number.POSITIVE_INFINITY, texts: new Map(), branches: [], endpoint: null, others: [] }
}

function textChild(node: Node, text: string): Node {
  let child = node.texts.get(text)
  if (child === undefined) {
    child = createNode()
    node.texts.set(text, child)
  }
  return child
}

function branchChild(node: Node, kind: Kind): Node {
  let branch = node.branches.find(known => known.kind.converter === kind.converter)
  if (branch === undefined) {
    branch = { kind, node: createNode() }
    node.branches.push(branch)
  }
  return branch.node
}

/** The first endpoint at or below `node` that matches and whose index is below `limit`. */
function search(node: Node, path: string, start: number, limit: number): Found | null {
  const slash = path.indexOf('/', start)
  const end = slash === -1 ? path.length : slash
  let found: Found | null = null
  const next = node.texts.size === 0 ? undefined : node.texts.get(path.slice(start, end))
  if (next !== undefined && next.first < limit) found = enter(next, path, end, limit)
  for (const { kind, node: next } of node.branches) {
    const bar = found?.index ?? limit
    if (next.first < bar && kind.takes(path, start, end)) found = enter(next, path, end, bar) ?? found
  }
  for (const endpoint of node.others) {
    if (endpoint.index >= (found?.index ?? limit)) break
    found = endpoint.match(path) ?? found
  }
  return found
}

/** Goes on behind a segment: to the route that ends there when the path does, else to the next segment. */
function enter(node: Node, path: string, end: number, limit: number): Found | null {
  if (end < path.length) return search(node, path, end + 1, limit)
  return node.endpoint !== null && node.endpoint.index < limit ? node.endpoint.match(path) : null
}
