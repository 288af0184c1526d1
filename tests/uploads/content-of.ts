/** A file of a form, as a test makes one. */
import { UploadedFile } from '../../src/http/index.ts'

export function contentOf(bytes: Uint8Array, filename = 'picture.png'): UploadedFile {
  return new UploadedFile(
    { filename, contentType: 'image/png', charset: null },
    {
      size: bytes.byteLength,
      async *chunks() {
        for (let at = 0; at < bytes.byteLength; at += 1000) yield bytes.subarray(at, at + 1000)
      },
    },
  )
}
