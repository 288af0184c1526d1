import { BadFormEncoding, MalformedMultipart } from './errors.ts'
import { parseMediaType } from './media-type.ts'

/** Printable ASCII, no space at the end. RFC 2046 allows 70 characters, Django 201. */
const usable = /^[ -~]{0,200}[!-~]$/

/**
 * The boundary of a form.
 *
 * Two boundaries are none: whoever stands in front of this server may have gone by the other one.
 *
 * @throws {MalformedMultipart} when there is none to use, {BadFormEncoding} for a form in another charset than UTF-8.
 */
export function multipartBoundary(contentType: string): string {
  const { parameters } = parseMediaType(contentType)
  const charset = parameters.get('charset')
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') throw new BadFormEncoding(charset)
  const boundary = parameters.get('boundary') ?? ''
  const isOnly = (contentType.match(/;\s*boundary\s*=/gi) ?? []).length === 1
  if (!usable.test(boundary) || !isOnly)
    throw new MalformedMultipart('The form has no usable boundary in its Content-Type.')
  return boundary
}
