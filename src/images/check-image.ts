/**
 * What can be told of an image without decoding it: enough to refuse most of what is none, not enough to trust the rest.
 */
import { detectFileType, FileTooLarge, fileTypeBytes, type UploadedFile } from '../http/index.ts'
import { ImageTypeRefused, ImageUnreadable, TooManyPixels } from './errors.ts'
import { type ImageHeader, type ImageType, imageTypes, isImageType, readImageHeader } from './image-header.ts'

/** An image: its bytes, or a file of a form. */
export type ImageSource = Uint8Array | Pick<UploadedFile, 'size' | 'bytes'>

/** What an image may be. */
export interface ImageRules {
  /** Types by content. Default: all of `imageTypes`. */
  readonly accept?: readonly ImageType[]
  /** Most pixels, width by height. Default: 50_000_000, which the cameras of telephones keep to; decoded they take up to 200 MB. */
  readonly maxPixels?: number
  /** Most bytes. Default: 20 MiB (20_971_520). All of them are in memory. */
  readonly maxBytes?: number
  /** Of the form: errors name it. */
  readonly field?: string
}

/** An image that has passed. */
export interface ImageInfo extends ImageHeader {
  /** In bytes. */
  readonly size: number
}

const defaultMaxPixels = 50_000_000
const defaultMaxBytes = 20_971_520

/** The rules with their defaults. */
export function wholeRules(rules: ImageRules): Required<Omit<ImageRules, 'field'>> & { readonly field: string | null } {
  const { accept = imageTypes, maxPixels = defaultMaxPixels, maxBytes = defaultMaxBytes, field = null } = rules
  return { accept, maxPixels, maxBytes, field }
}

/**
 * Type by content, bytes and pixels of an image, by its header alone: needs no package, costs next to nothing.
 *
 * What follows the header may be anything, a page or a program too: serve it with its type and `nosniff`, or make a new image of it by
 * `resizeImage`, which keeps nothing but pixels.
 *
 * @throws {FileTooLarge} 413, {ImageTypeRefused} 415, {ImageUnreadable} and {TooManyPixels} 422.
 */
export async function checkImage(image: ImageSource, rules: ImageRules = {}): Promise<ImageInfo> {
  return checkBytes(await bytesOf(image, rules), rules)
}

/** @throws {FileTooLarge} with status 413 before anything is read. */
export async function bytesOf(image: ImageSource, rules: ImageRules): Promise<Uint8Array> {
  const { maxBytes, field } = wholeRules(rules)
  const size = image instanceof Uint8Array ? image.byteLength : image.size
  if (size > maxBytes) throw new FileTooLarge(field ?? 'image', maxBytes)
  return image instanceof Uint8Array ? image : image.bytes()
}

/** The same for bytes that are there. */
export function checkBytes(bytes: Uint8Array, rules: ImageRules): ImageInfo {
  const { accept, maxPixels, field } = wholeRules(rules)
  const type = detectFileType(bytes.subarray(0, fileTypeBytes))
  if (!isImageType(type) || !accept.includes(type)) throw new ImageTypeRefused(accept, field)
  const header = readImageHeader(bytes)
  if (header === null) throw new ImageUnreadable(field)
  if (header.width * header.height > maxPixels) throw new TooManyPixels(maxPixels, field)
  return { ...header, size: bytes.byteLength }
}
