/** The settings for what a form may hold: fields and files. */
import { count, type Definitions, line, nullable, setting } from './kind.ts'

export interface UploadSettings {
  /**
   * Largest body that is held in memory, in bytes: JSON, an urlencoded form, the fields of a multipart form without its files; `null`
   * for no limit. Default: `2_621_440` (2.5 MiB).
   */
  readonly DATA_UPLOAD_MAX_MEMORY_SIZE: number | null
  /** Most fields in a query string or form; `null` for no limit. Default: `1000`. */
  readonly DATA_UPLOAD_MAX_NUMBER_FIELDS: number | null
  /** Most files in a form; `null` for no limit. Default: `100`. */
  readonly DATA_UPLOAD_MAX_NUMBER_FILES: number | null
  /**
   * Largest body of a multipart form, files included, in bytes; `null` for no limit. Default: `268_435_456` (256 MiB).
   *
   * Nuages's own.
   */
  readonly DATA_UPLOAD_MAX_REQUEST_SIZE: number | null
  /**
   * Largest header of a part of a multipart form, in bytes; `null` for no limit. Default: `4096`, enough for a long name that is
   * percent-encoded.
   *
   * Nuages's own; Django has 1024.
   */
  readonly DATA_UPLOAD_MAX_PART_HEADER_SIZE: number | null
  /**
   * Longest name of a field of a multipart form, in characters; `null` for no limit. Default: `1000`.
   *
   * Nuages's own.
   */
  readonly DATA_UPLOAD_MAX_NAME_LENGTH: number | null
  /**
   * How long nothing of a multipart form may arrive while it is waited for, or less than 500 bytes a second of it, in seconds; `null` for ever. Default: `30`.
   *
   * Nuages's own.
   */
  readonly DATA_UPLOAD_IDLE_SECONDS: number | null
  /**
   * Largest single file of a form, in bytes; `null` for no limit. Default: `104_857_600` (100 MiB).
   *
   * Nuages's own.
   */
  readonly FILE_UPLOAD_MAX_SIZE: number | null
  /** Most bytes of the files of one form that are held in memory; other files are temporary files. Default: `2_621_440` (2.5 MiB). */
  readonly FILE_UPLOAD_MAX_MEMORY_SIZE: number
  /** Folder for the temporary files of a request. Default: `null` (the system's). */
  readonly FILE_UPLOAD_TEMP_DIR: string | null
}

export const uploadDefinitions: Definitions<UploadSettings> = {
  DATA_UPLOAD_MAX_MEMORY_SIZE: setting(nullable(count('bytes')), 2_621_440),
  DATA_UPLOAD_MAX_NUMBER_FIELDS: setting(nullable(count('fields')), 1000),
  DATA_UPLOAD_MAX_NUMBER_FILES: setting(nullable(count('files')), 100),
  DATA_UPLOAD_MAX_REQUEST_SIZE: setting(nullable(count('bytes')), 268_435_456),
  DATA_UPLOAD_MAX_PART_HEADER_SIZE: setting(nullable(count('bytes', 128)), 4096),
  DATA_UPLOAD_MAX_NAME_LENGTH: setting(nullable(count('characters', 1)), 1000),
  DATA_UPLOAD_IDLE_SECONDS: setting(nullable(count('seconds', 1)), 30),
  FILE_UPLOAD_MAX_SIZE: setting(nullable(count('bytes')), 104_857_600),
  FILE_UPLOAD_MAX_MEMORY_SIZE: setting(count('bytes'), 2_621_440),
  FILE_UPLOAD_TEMP_DIR: setting(nullable(line), null),
}
