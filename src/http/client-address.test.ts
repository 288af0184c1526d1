import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientAddress, createProxyTest } from './client-address.ts'

describe('the client’s address', () => {
  const trusted = createProxyTest(['10.0.0.0/8', '::1', 'fd00::/8'])

  it('is the peer’s, whatever it claims, unless the peer is a trusted proxy', () => {
    assert.equal(clientAddress('1.2.3.4', '9.9.9.9', trusted), '1.2.3.4')
    assert.equal(clientAddress('1.2.3.4', '9.9.9.9', createProxyTest([])), '1.2.3.4')
    assert.equal(clientAddress('10.0.0.1', '9.9.9.9', trusted), '9.9.9.9')
    assert.equal(clientAddress('::ffff:10.0.0.1', '9.9.9.9', trusted), '9.9.9.9')
    assert.equal(clientAddress('::1', '2001:db8::7', trusted), '2001:db8::7')
  })

  it('is the nearest hop that no trusted proxy is: what stands further left is hearsay', () => {
    assert.equal(clientAddress('10.0.0.1', '6.6.6.6, 9.9.9.9, 10.0.0.2', trusted), '9.9.9.9')
    assert.equal(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', trusted), '10.0.0.3')
  })

  it('stops at the proxy that reported nonsense', () => {
    assert.equal(clientAddress('10.0.0.1', 'nonsense', trusted), '10.0.0.1')
    assert.equal(clientAddress('10.0.0.1', '9.9.9.9, unknown, 10.0.0.2', trusted), '10.0.0.2')
    assert.equal(clientAddress('10.0.0.1', '', trusted), '10.0.0.1')
    assert.equal(clientAddress(null, '9.9.9.9', trusted), null)
  })
})
