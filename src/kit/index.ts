/**
 * `nuages/kit`: what every other room builds on: errors, the clock, exact JSON, bytes, Python's idea of text.
 *
 * Start with `HttpError` to make an error of your own; `parseJson` and `serializeJson` for data shared with Django.
 *
 * @module
 */
export { type Awaitable, handled } from './awaitable.ts'
export { BoundedMap } from './bounded-map.ts'
export { constantTimeEqual, decodeUtf8, fromBase64Url, randomString, toBase64Url } from './bytes.ts'
export { type Clock, systemClock } from './clock.ts'
export { isDjangoAtLeast } from './django-version.ts'
export { ConfigError, HttpError } from './errors.ts'
export { joinJsonObject, splitJsonObject } from './json-object.ts'
export { type JsonValue, parseJson, parseStandardJson } from './json-parser.ts'
export { jsonEscape, serializeJson } from './json-writer.ts'
export { latePattern } from './late-pattern.ts'
export { loadPackage } from './load-package.ts'
export { findOptionalPackage, loadOptionalPackage } from './optional-package.ts'
export { isProcessAlive, type ProcessIdentity, thisProcess } from './process-identity.ts'
export { codePointLength, stripPython } from './python-text.ts'
export { UnserializableError } from './unserializable-error.ts'
