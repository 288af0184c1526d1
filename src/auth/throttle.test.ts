import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TooManyAttempts } from './errors.ts'
import { LoginThrottle } from './throttle.ts'

const fail = async (): Promise<null> => null
const succeed = async (): Promise<string> => 'ada'

/** How many of these attempts got to try. */
async function tried(
  throttle: LoginThrottle,
  attempts: readonly (readonly [string, string | null])[],
): Promise<number> {
  let count = 0
  for (const [name, ip] of attempts)
    try {
      await throttle.attempt(name, ip, fail)
      count += 1
    } catch (error) {
      assert(error instanceof TooManyAttempts)
    }
  return count
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

describe('the throttle of logins', () => {
  it('lets ten failures of a name from an address pass, however the name is written', async () => {
    const throttle = new LoginThrottle()
    const spellings = ['ada', 'ADA', 'Ada', 'ａｄａ']
    assert.equal(
      await tried(
        throttle,
        times(20, index => [spellings[index % 4] as string, '192.0.2.1']),
      ),
      10,
    )
    assert.equal(await throttle.attempt('ada', '192.0.2.2', succeed), 'ada')
    assert.equal(await throttle.attempt('bob', '192.0.2.1', succeed), 'ada')
  })

  it('lets a hundred failures of an address pass', async () => {
    const throttle = new LoginThrottle()
    assert.equal(
      await tried(
        throttle,
        times(120, index => [`user${index}`, '192.0.2.1']),
      ),
      100,
    )
  })

  it('counts the addresses of one IPv6 network as one: whoever has one has 2^64', async () => {
    const throttle = new LoginThrottle()
    assert.equal(
      await tried(
        throttle,
        times(20, index => ['ada', `2001:db8:0:7::${(index + 1).toString(16)}`]),
      ),
      10,
    )
    assert.equal(await tried(throttle, [['ada', '2001:DB8::7:1:2:3:4']]), 0)
    assert.equal(await tried(throttle, [['ada', '2001:db8:0:8::1']]), 1)
    assert.equal(await tried(throttle, [['ada', '::1']]), 1)
  })

  it('does not lock everybody out where addresses are unknown', async () => {
    const throttle = new LoginThrottle()
    assert.equal(
      await tried(
        throttle,
        times(120, index => [`user${index}`, null]),
      ),
      120,
    )
    assert.equal(await throttle.attempt('ada', null, succeed), 'ada')
    assert.equal(
      await tried(
        throttle,
        times(20, () => ['bob', null]),
      ),
      10,
    )
  })

  it('lets no more try at once than may still fail, and all who would succeed', async () => {
    const throttle = new LoginThrottle()
    let running = 0
    let most = 0
    const slowly = async (): Promise<string> => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setImmediate(resolve))
      running -= 1
      return 'ada'
    }
    assert.equal((await Promise.all(times(50, () => throttle.attempt('ada', '192.0.2.1', slowly)))).length, 50)
    assert.equal(most, 10)
  })

  it('counts an attempt that breaks off as none', async () => {
    const throttle = new LoginThrottle()
    const breaks = (): Promise<null> => Promise.reject(new Error('no database'))
    for (let attempt = 0; attempt < 20; attempt += 1)
      await assert.rejects(throttle.attempt('ada', '192.0.2.1', breaks), /no database/)
    assert.equal(await throttle.attempt('ada', '192.0.2.1', succeed), 'ada')
  })
})
