/**
 * `nuages/images`: images that visitors send, checked by content and made anew.
 *
 * Start with `makeAvatar(file)`; `checkImage` needs no package.
 *
 * @module
 */
export { checkImage, type ImageInfo, type ImageRules, type ImageSource } from './check-image.ts'
export { ImagesBusy, ImageTypeRefused, ImageUnreadable, TooManyPixels } from './errors.ts'
export { type ImageHeader, type ImageType, imageTypes, readImageHeader } from './image-header.ts'
export { ImageQueue, type ImageQueueOptions } from './image-queue.ts'
export {
  type AvatarOptions,
  canResizeImages,
  type ImageFormat,
  imageFormats,
  type MadeImage,
  makeAvatar,
  type ResizeOptions,
  resizeImage,
} from './resize-image.ts'
