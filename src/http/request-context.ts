/**
 * What all requests of an app share, and how their forms are read.
 */
import type { Settings } from '../settings/index.ts'
import { createProxyTest, type IsTrustedProxy } from './client-address.ts'
import { createHostChecker, type HostChecker } from './host.ts'
import type { HttpRequest } from './request.ts'
import type { UploadHandler } from './upload-handlers.ts'

/** What all requests of an app share. Made once, from its settings. */
export interface RequestContext {
  readonly settings: Settings
  readonly hosts: HostChecker
  readonly isTrustedProxy: IsTrustedProxy
  readonly forms: Required<FormOptions>
  /** Answers are compared with what their views declare: with `DEBUG`, and by the client for tests. */
  checksAnswers: boolean
}

/** How the forms of an app are read. */
export interface FormOptions {
  /** Makes the upload handlers of one form. Default: none. */
  readonly uploadHandlers?: UploadHandlerFactory
  /** Hears of what could not be removed of a form: a temporary file, a file in a storage, what an upload handler keeps. Default: nobody does. */
  readonly onLeftFile?: (error: unknown) => void
}

/** Makes the upload handlers of one form, in order: one file after the other passes through the same ones. */
export type UploadHandlerFactory = (request: HttpRequest) => readonly UploadHandler[]

const formDefaults: Required<FormOptions> = { uploadHandlers: () => [], onLeftFile: () => {} }

export function createRequestContext(settings: Settings, forms: FormOptions = {}): RequestContext {
  return {
    settings,
    hosts: createHostChecker(settings),
    isTrustedProxy: createProxyTest(settings.TRUSTED_PROXIES),
    forms: { ...formDefaults, ...forms },
    checksAnswers: settings.DEBUG,
  }
}
