import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkFloors } from './check-floors.ts'

/** The faults of a tree of files, as `file problem`. */
function faultsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'nuages-floors-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return checkFloors(root).map(({ file, line, problem }) => `${file}:${line} ${problem}`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

test('a house built as planned has no fault', () => {
  const faults = faultsOf({
    'src/index.ts': "export { createApp } from './app/index.ts'\n",
    'src/app/index.ts': "export { createApp } from './app.ts'\n",
    'src/app/app.ts': "import { View } from '../views/index.ts'\nimport type { Clock } from '../kit/index.ts'\n",
    'src/csrf/protect.ts': "declare module '../http/request.ts' {\n  interface HttpRequest {}\n}\n",
    'src/middleware/log.ts': "import { View } from '../views/index.ts'\n",
    'src/db/sqlite.ts': "import { DatabaseSync } from 'node:sqlite'\n",
    'src/db/sqlite.test.ts': "import { DatabaseSync } from 'node:sqlite'\nconst seed = process.env.SEED\n",
    'src/settings/env.ts': 'export const all = process.env\n',
    'src/cli/template.ts': "const text = `\nimport { path } from '../urls/index.ts'\n`\n// import '../src'\n",
    'examples/store/main.ts': "import { createApp } from 'nuages'\nimport { urls } from './urls.ts'\n",
    'tests/security/a.test.ts': "import { View } from '../../src/views/view.ts'\n",
  })
  assert.deepEqual(faults, [])
})

test('an import that points up, sideways or past the face is a fault, also when it is of a type', () => {
  const faults = faultsOf({
    'src/kit/clock.ts': "import { env } from '../settings/index.ts'\n",
    'src/http/request.ts': "\nimport type { Path } from '../urls/index.ts'\n",
    'src/views/view.ts': "import {\n  log,\n} from '../middleware/index.ts'\n",
    'src/auth/user.ts': "import { HttpError } from '../kit/errors.ts'\n",
    'src/forms/form.ts': "export type Db = import('../db/database.ts').Database\n",
    'src/http/up.ts': "declare module '../app/app.ts' {\n}\n",
    'src/app/roof.ts': "import { path } from '../index.ts'\n",
    'src/app/own.ts': "import { path } from 'nuages/urls'\n",
    'src/cellar/index.ts': "import { HttpError } from '../kit/index.ts'\n",
  })
  assert.deepEqual(faults, [
    "src/app/own.ts:1 imports its own package by name: 'nuages/urls'",
    'src/app/roof.ts:1 imports src/index.ts, the roof',
    "src/auth/user.ts:1 imports 'src/kit/errors.ts': go through src/kit/index.ts",
    "src/cellar/index.ts:1 is in the room 'cellar', which stands on no floor: add it to tools/check-floors.ts",
    "src/forms/form.ts:1 imports 'src/db/database.ts': go through src/db/index.ts",
    "src/http/request.ts:2 imports upwards or sideways: 'http' may not know 'urls'",
    "src/http/up.ts:1 imports upwards or sideways: 'http' may not know 'app'",
    "src/kit/clock.ts:1 imports upwards or sideways: 'kit' may not know 'settings'",
    "src/views/view.ts:3 imports upwards or sideways: 'views' may not know 'middleware'",
  ])
})

test('a guarded module has one importer, in its room', () => {
  const faults = faultsOf({
    'src/db/a.ts': "import { DatabaseSync } from 'node:sqlite'\n",
    'src/db/b.ts': "import type { StatementSync } from 'node:sqlite'\n",
    'src/sessions/store.ts': "import { createServer } from 'node:http'\n",
  })
  assert.deepEqual(faults, [
    'src/db/b.ts:1 imports node:sqlite, which 1 file of src/db may (src/db/a.ts, src/db/b.ts)',
    "src/sessions/store.ts:1 imports node:http, which only the room 'node' may",
  ])
})

test('the environment, unfinished work and silenced types stay out of src', () => {
  const unfinished = ['TO', 'DO'].join('')
  const faults = faultsOf({
    'src/node/serve.ts': `const port = process.env.PORT\n// ${unfinished}: later\n`,
    'src/app/app.ts': "import { env } from 'node:process'\n// process.env is read elsewhere\n",
    'src/app/other.ts': '// @ts-ignore\n',
  })
  assert.deepEqual(faults, [
    'src/app/app.ts:1 reads process.env: only the settings room may',
    'src/app/other.ts:1 has @ts-ignore: do it, or write it where its reader will look',
    `src/node/serve.ts:2 has ${unfinished}: do it, or write it where its reader will look`,
    'src/node/serve.ts:1 reads process.env: only the settings room may',
  ])
})

test('an example stays in its folder, and nothing leaves the repository', () => {
  const beside = ['..', 'shared'].join('/')
  const faults = faultsOf({
    'examples/store/a.ts': "import { View } from '../../src/views/index.ts'\n",
    'tests/b.test.ts': "import { x } from '../../elsewhere/x.ts'\n",
    'tests/c.test.ts': `const vectors = '${beside}/django'\n`,
    'docs/d.md': `See ${beside}/django.\n`,
  })
  assert.deepEqual(faults, [
    `docs/d.md:1 names ${beside}, which is outside the repository`,
    "examples/store/a.ts:1 imports '../../src/views/index.ts': an example uses 'nuages' and its doors",
    "tests/b.test.ts:1 imports '../../elsewhere/x.ts', outside the repository",
  ])
})
