import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinJsonObject, splitJsonObject } from './index.ts'

describe('splitJsonObject', () => {
  it('gives the texts of the values byte for byte', () => {
    const text = ' { "a" : 1.0 ,\n"b":[1, {"x":"}\\""}],"c\\n":NaN , "d":"a,b" ,"e":12345678901234567890, "é":"Ã©"}\t'
    assert.deepEqual(
      [...(splitJsonObject(text) ?? [])],
      [
        ['a', '1.0'],
        ['b', '[1, {"x":"}\\""}]'],
        ['c\n', 'NaN'],
        ['d', '"a,b"'],
        ['e', '12345678901234567890'],
        ['é', '"Ã©"'],
      ],
    )
    assert.deepEqual([...(splitJsonObject(' { } ') ?? [1])], [])
  })

  it('lets the last of equal keys win, however they are spelled', () => {
    assert.deepEqual(
      [...(splitJsonObject('{"a":1,"b":2,"\\u0061":3}') ?? [])],
      [
        ['a', '3'],
        ['b', '2'],
      ],
    )
  })

  it('is null for what is no object or not JSON', () => {
    const texts = [
      '',
      '[]',
      '1',
      '"{}"',
      'null',
      '{',
      '}',
      '{}}',
      '{"a":1',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{"a":1 2}',
      '{a:1}',
    ]
    for (const text of [...texts, '{"a":[}]}', '{"a":"\n"}', '{"a":01}', `{"a":${'['.repeat(5000)}`, '\ufeff{}']) {
      assert.equal(splitJsonObject(text), null, text)
    }
  })

  it('is the inverse of joinJsonObject', () => {
    const text = '{"__proto__":{"a":1.0},"\\u00e9":[NaN]}'
    assert.equal(joinJsonObject(splitJsonObject(text) ?? []), text)
    assert.equal(joinJsonObject([]), '{}')
  })
})
