import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { envSettings } from './env.ts'
import { defineSettings, type SettingsInput } from './settings.ts'

const define = (values: Partial<SettingsInput>): ReturnType<typeof defineSettings> =>
  defineSettings({ SECRET_KEY: 'the key of a test', ...values })

describe('the settings for files that stay', () => {
  it('take permissions in octal, and no decimal ones that look like them', () => {
    assert.equal(define({}).FILE_UPLOAD_PERMISSIONS, 0o644)
    for (const mode of [0o600, 0o640, 0o664, 0o777, null]) define({ FILE_UPLOAD_PERMISSIONS: mode })
    for (const mode of [644, 600, 640, 664, 777, 0, 0o444, 0o4755, -1, 1.5])
      assert.throws(() => define({ FILE_UPLOAD_PERMISSIONS: mode }), ConfigError, String(mode))
    for (const mode of [0o700, 0o755, 0o2775, null]) define({ FILE_UPLOAD_DIRECTORY_PERMISSIONS: mode })
    for (const mode of [700, 755, 775, 777, 2775, 0o600, 0o1777, 0o4755])
      assert.throws(() => define({ FILE_UPLOAD_DIRECTORY_PERMISSIONS: mode }), ConfigError, String(mode))
    assert.equal(envSettings({ FILE_UPLOAD_PERMISSIONS: '0o640' }).FILE_UPLOAD_PERMISSIONS, 0o640)
    assert.equal(envSettings({ FILE_UPLOAD_PERMISSIONS: '640' }).FILE_UPLOAD_PERMISSIONS, 0o640)
    assert.equal(envSettings({ FILE_UPLOAD_PERMISSIONS: 'none' }).FILE_UPLOAD_PERMISSIONS, null)
    assert.throws(() => envSettings({ FILE_UPLOAD_PERMISSIONS: '648' }), ConfigError)
  })

  it('take addresses that names can follow', () => {
    for (const [given, read] of [
      ['/media/', '/media/'],
      ['media/', '/media/'],
      ['/', '/'],
      ['https://cdn.example/m/', 'https://cdn.example/m/'],
    ] as const)
      assert.equal(define({ MEDIA_URL: given }).MEDIA_URL, read)
    for (const url of [
      '',
      '/media',
      'https://cdn.example/m',
      'javascript:alert(1)/',
      '/a?b/',
      '/a b/',
      '/a#/',
      'ftp://a/',
    ])
      assert.throws(() => define({ MEDIA_URL: url }), ConfigError, url)
  })

  it('tell who has a Django what stands for its storages', () => {
    for (const name of ['STORAGES', 'DEFAULT_FILE_STORAGE', 'FILE_UPLOAD_HANDLERS'])
      assert.throws(() => define({ [name]: {} } as object), /Leave it out/)
  })
})
