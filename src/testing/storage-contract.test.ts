import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDiskStorage } from '../files/index.ts'
import { uniqueNames } from '../settings/index.ts'
import { storageContract } from './storage-contract.ts'

describe('the contract of storages, kept by the one on disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nuages-test-'))
  after(() => rm(root, { recursive: true }))
  for (const uniqueName of uniqueNames)
    describe(uniqueName, () => storageContract(it, () => createDiskStorage({ root, uniqueName })))
})
