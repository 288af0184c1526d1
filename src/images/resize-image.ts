/**
 * A new image from one that came from outside: only pixels get through.
 *
 * Owns what is asked of `sharp`, and what its failures mean. Orientation is applied, colours become sRGB, and everything else is left behind: EXIF
 * with its place and thumbnail, profiles, comments, and whatever stood behind the image. Of an animation the first frame is kept.
 *
 * No worker threads: `sharp` works in libuv's pool as it is, a worker would use the same one. What the pool may be used for is bounded by
 * ./image-queue.ts. No process of its own either: a crash in a decoder, or memory that runs out, ends the server's. How to make images apart:
 * docs/images.md.
 */
import type sharp from 'sharp'
import type { Sharp } from 'sharp'
import { ConfigError, loadOptionalPackage } from '../kit/index.ts'
import { bytesOf, checkBytes, type ImageRules, type ImageSource, wholeRules } from './check-image.ts'
import { ImagesBusy, ImageTypeRefused, ImageUnreadable, TooManyPixels } from './errors.ts'
import type { ImageType } from './image-header.ts'
import { type ImageQueue, processImageQueue } from './image-queue.ts'

/** The formats that are written, and the types they have. */
export const imageFormats = ['webp', 'png', 'jpeg'] as const
export type ImageFormat = (typeof imageFormats)[number]

export interface ResizeOptions extends ImageRules {
  /** Of the new image, in pixels: 1 to 16_383, which is WebP's most. */
  readonly width: number
  readonly height: number
  /** `inside`: the whole image, no larger than that and never enlarged. `cover`: exactly that, its middle. Default: `inside`. */
  readonly fit?: 'inside' | 'cover'
  /** Default: `webp`. A JPEG has white where the image lets through. */
  readonly format?: ImageFormat
  /** 1 to 100, of `webp` and `jpeg`. Default: 82. */
  readonly quality?: number
  /** Longest time for one image, in seconds, once it is its turn. Default: 10. */
  readonly timeoutSeconds?: number
  /** Aborted when nobody waits for the image any more, `request.signal` say: one that has not begun is not made. */
  readonly signal?: AbortSignal
  /** Whose turn it is. Default: the queue of this process. */
  readonly queue?: ImageQueue
}

/** A new image, in memory. */
export interface MadeImage {
  readonly bytes: Uint8Array
  readonly type: ImageType
  /** With its dot: `.webp`. */
  readonly extension: string
  /** In pixels. */
  readonly width: number
  readonly height: number
}

const results: Readonly<Record<ImageFormat, Pick<MadeImage, 'type' | 'extension'>>> = {
  webp: { type: 'image/webp', extension: '.webp' },
  png: { type: 'image/png', extension: '.png' },
  jpeg: { type: 'image/jpeg', extension: '.jpg' },
}

/** What `sharp` calls the types that are read. */
const sharpFormats: Readonly<Record<ImageType, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/gif': 'gif',
}

const mostPixelsOfSide = 16_383

/** @throws {ConfigError} when it is not installed. */
function loadSharp(): typeof sharp {
  return loadOptionalPackage<typeof sharp>('sharp', 'nuages/images')
}

/** True when `sharp` is installed, so that images can be made: ask at the start. */
export function canResizeImages(): boolean {
  try {
    loadSharp()
    return true
  } catch (error) {
    if (error instanceof ConfigError) return false
    throw error
  }
}

/**
 * A new image of this size at most, from one of any of `imageTypes`.
 *
 * @throws {FileTooLarge} 413, {ImageTypeRefused} 415, {ImageUnreadable} and {TooManyPixels} 422, {ImagesBusy} 503.
 * @throws {ConfigError} without the package `sharp`: ask `canResizeImages` at the start.
 */
export async function resizeImage(image: ImageSource, options: ResizeOptions): Promise<MadeImage> {
  requireSide(options.width)
  requireSide(options.height)
  const load = loadSharp()
  return (options.queue ?? processImageQueue()).run(async () => {
    const bytes = await bytesOf(image, options)
    checkBytes(bytes, options)
    return make(load, bytes, options)
  }, options.signal)
}

/** How an avatar may differ. */
export type AvatarOptions = Partial<Omit<ResizeOptions, 'fit'>>

/**
 * A square picture of somebody: the middle of the image, filled. Default: 256 by 256 pixels, WebP.
 *
 * @throws as `resizeImage` does.
 */
export function makeAvatar(image: ImageSource, options: AvatarOptions = {}): Promise<MadeImage> {
  return resizeImage(image, { width: 256, height: 256, ...options, fit: 'cover' })
}

function requireSide(pixels: number): void {
  if (Number.isInteger(pixels) && pixels >= 1 && pixels <= mostPixelsOfSide) return
  throw new RangeError(`A side of an image has 1 to ${mostPixelsOfSide} pixels, not ${pixels}.`)
}

async function make(load: typeof sharp, bytes: Uint8Array, options: ResizeOptions): Promise<MadeImage> {
  const { accept, maxPixels, field } = wholeRules(options)
  const { width, height, fit = 'inside', format = 'webp' } = options
  const image = load(bytes, { limitInputPixels: maxPixels, sequentialRead: true, failOn: 'error', pages: 1 })
  try {
    const { format: found } = await image.metadata()
    // Two readers of one file: should they ever disagree on what it is, it is refused.
    if (!accept.some(type => sharpFormats[type] === found)) throw new ImageTypeRefused(accept, field)
    const sized = image
      .timeout({ seconds: options.timeoutSeconds ?? 10 })
      .autoOrient()
      .resize({ width, height, fit, withoutEnlargement: fit === 'inside' })
      .toColourspace('srgb')
    const { data, info } = await encode(sized, format, options.quality ?? 82).toBuffer({ resolveWithObject: true })
    return { bytes: data, ...results[format], width: info.width, height: info.height }
  } catch (error) {
    throw error instanceof ImageTypeRefused ? error : meaningOf(error, maxPixels, field)
  }
}

function encode(image: Sharp, format: ImageFormat, quality: number): Sharp {
  if (format === 'webp') return image.webp({ quality })
  if (format === 'png') return image.png()
  return image.flatten({ background: '#ffffff' }).jpeg({ quality })
}

/** `sharp` has one kind of error; its text tells what happened. */
function meaningOf(cause: unknown, maxPixels: number, field: string | null): Error {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/pixel limit/i.test(text)) return new TooManyPixels(maxPixels, field)
  if (/^timeout/i.test(text)) return new ImagesBusy({ cause })
  return new ImageUnreadable(field, { cause })
}
