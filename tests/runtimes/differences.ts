/**
 * Tests of the rooms that cannot pass on Bun or Deno, and why. What is not listed here must pass.
 */

interface Difference {
  readonly runtime: 'bun' | 'deno'
  readonly why: string
  /** By file, the beginnings of the names of its tests. None: the file is not run. */
  readonly tests: Readonly<Record<string, readonly string[]>>
}

const differences: readonly Difference[] = [
  {
    runtime: 'bun',
    why: "Bun's FormData, Headers and URLSearchParams have a toJSON",
    tests: { 'src/kit/json-writer.test.ts': ['refuses what JSON cannot hold'] },
  },
  {
    runtime: 'bun',
    why: "the node:http of Bun refuses other versions of HTTP with 400, Node's with 505",
    tests: { 'src/node/refusal.test.ts': ['ends with a request'] },
  },
  {
    runtime: 'deno',
    why: 'the test asks for Argon2, which Deno has not, or takes the default hashers, which begin with it',
    tests: {
      'src/app/app.test.ts': [
        'serves two of its kind',
        'takes a login page',
        'runs layers',
        'answers a blank 500',
        'shows its plain error page',
        'lets no layer',
        'keeps the work of several requests',
        'leaves the cookie of a login alone',
        'refuses a request whose URL',
      ],
      'src/app/health.test.ts': ['says for a while'],
      'src/auth/hashers.test.ts': [
        'verifies what it encoded, and nothing else (argon2',
        'makes another salt each time (argon2',
        'finds no password in damaged text, and never throws (argon2',
        'takes NUL',
        'wants an update',
        'does not stop the event loop',
        'createPasswords',
      ],
      'src/auth/vectors.test.ts': [
        'agrees with passwords-password-encode-1',
        'agrees with passwords-password-defaults-003',
      ],
      'src/auth/users.test.ts': [
        'computes one hash',
        "writes no hash that is already the site's own",
        'replaces an older hash',
        'does not log in by a password',
        'is given up',
      ],
      'src/testing/client.test.ts': ['makes them GET', 'reads a relative target', 'leaves the site', 'that is flushed'],
    },
  },
  {
    runtime: 'deno',
    why: 'the test starts a program by `node -e`, whose text Deno takes for a script, not a module',
    tests: {
      'src/db/file-lock.test.ts': ['is free again', 'gives up in the end'],
      'src/db/sqlite.test.ts': ['writes of two processes', 'a read-only file'],
      'src/files/disk-storage.test.ts': ['a server that is killed'],
      'src/http/abandoned-files.test.ts': ['removeAbandonedFiles'],
      'src/kit/process-identity.test.ts': ['the identity of a process'],
      'src/redis/redis.test.ts': ['a process ends by itself'],
      'src/sessions/file-store.test.ts': [
        'has no half of a text',
        'must be writable',
        'loses no increment, on one key and on many',
        'the engine file in several processes',
      ],
    },
  },
  {
    runtime: 'deno',
    why: 'Deno runs the tests of a suite at once, and these count what is in a store that others use',
    tests: {
      'src/sessions/django-cache-store.test.ts': ['removes expired sessions'],
      'src/testing/session-store-contract.test.ts': ['removes expired sessions'],
    },
  },
  {
    runtime: 'deno',
    why: 'Deno runs the tests of a suite at once, and has one mocked clock for all of them',
    tests: { 'src/http/body-pace.test.ts': ['is held by', 'is measured', 'is any with'] },
  },
  {
    runtime: 'deno',
    why: 'Deno keeps the time of a file a millisecond less',
    tests: { 'src/sessions/file-store.test.ts': ['writes what Django reads'] },
  },
  {
    runtime: 'deno',
    why: 'the node:http of Deno writes its answers in other words, and waits for a body that nobody reads',
    tests: {
      'src/express/head-gate.test.ts': ['has the cookie of the session', 'refuses at once'],
      'src/node/serve.test.ts': ['does not read a body'],
    },
  },
  {
    runtime: 'deno',
    why: 'a Redis Cluster, and a Redis that hangs: connections were given up that Node gets; not looked into',
    tests: {
      'src/redis/cluster.test.ts': [],
      'src/redis/redis.test.ts': ['a server that hangs'],
      'src/sessions/cache-store.test.ts': [],
      'src/sessions/cached-db-store.test.ts': [],
    },
  },
  {
    runtime: 'deno',
    why: 'it did not end within a minute; not looked into',
    tests: { 'src/sessions/pickle.test.ts': [] },
  },
]

/** Why a file is not run; `null` when it is. */
export function whyLeftOut(runtime: string, file: string): string | null {
  return differences.find(known => known.runtime === runtime && known.tests[file]?.length === 0)?.why ?? null
}

/** Why a test may fail; `null` when it may not. */
export function differenceOf(runtime: string, file: string, test: string): string | null {
  const fits = (names: readonly string[] = []): boolean => names.some(name => test.startsWith(name))
  return differences.find(known => known.runtime === runtime && fits(known.tests[file]))?.why ?? null
}
