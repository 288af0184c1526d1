/**
 * Who is at the other end, through proxies one trusts.
 *
 * Owns X-Forwarded-For. An attacker who could choose `request.ip` would evade throttling, or lock others out.
 */
import { BlockList, isIP } from 'node:net'

/** The proxies of `TRUSTED_PROXIES`, as a test. */
export type IsTrustedProxy = (address: string) => boolean

/** A test for addresses in CIDR blocks: `['10.0.0.0/8', '::1']`. The settings room has checked their form. */
export function createProxyTest(blocks: readonly string[]): IsTrustedProxy {
  if (blocks.length === 0) return () => false
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return address => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** `::ffff:10.0.0.1`, as dual-stack sockets report IPv4, without its prefix. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/**
 * The nearest address that is not a trusted proxy, read from the right: what stands further left anyone can write.
 * An entry that is no address ends the walk at the proxy that reported it.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | null,
  isTrusted: IsTrustedProxy,
): string | null {
  if (peer === null) return null
  let address = plainAddress(peer)
  if (forwardedFor === null || !isTrusted(address)) return address
  const hops = forwardedFor.split(',')
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const hop = plainAddress((hops[index] as string).trim())
    if (isIP(hop) === 0) return address
    address = hop
    if (!isTrusted(address)) return address
  }
  return address
}
