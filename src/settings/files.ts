/** The settings for files that stay. */
import { type Definitions, type Kind, line, nullable, oneOf, setting, text } from './kind.ts'

export interface FileSettings {
  /**
   * Folder of the files that visitors send, made when the first is saved; relative to the working directory. Default: `'media'`.
   *
   * Django's default is the working directory itself: whoever could save `settings.ts` there would own the site.
   */
  readonly MEDIA_ROOT: string
  /** Where browsers get these files: a path of this site or an address, with a slash at its end. Default: `'/media/'`. */
  readonly MEDIA_URL: string
  /** Permissions of files in `MEDIA_ROOT`; `null` for what the umask leaves. Default: 0o644, readable for the server in front. */
  readonly FILE_UPLOAD_PERMISSIONS: number | null
  /** Permissions of the folders made in `MEDIA_ROOT`; `null` for what the umask leaves. Default: `null`. */
  readonly FILE_UPLOAD_DIRECTORY_PERMISSIONS: number | null
  /**
   * What a file's name gets when another file has it: the time in milliseconds, seven random characters as in Django, or the MD5 of its
   * content. When that is taken as well, random characters follow. Default: `'timestamp'`.
   *
   * Nuages's own. None of them is a secret: who may see a file is for its view to ask.
   */
  readonly FILE_UPLOAD_UNIQUE_NAME: UniqueName
}

/** How a name that is taken becomes another one. */
export const uniqueNames = ['timestamp', 'random', 'md5'] as const
export type UniqueName = (typeof uniqueNames)[number]

/** Permissions as `chmod` takes them. Most decimal spellings, such as 644, are none that `isAllowed`. */
function permissions(expected: string, isAllowed: (mode: number) => boolean): Kind<number> {
  return {
    expected,
    read: given => (Number.isInteger(given) && isAllowed(given as number) ? (given as number) : undefined),
    fromText: given => (/^(?:0o)?[0-7]{3,4}$/.test(given) ? Number.parseInt(given.replace('0o', ''), 8) : given),
  }
}

/** The owner must be able to read and write what it serves and replaces. */
const filePermissions = permissions(
  'permissions such as 0o644, in octal, which let the owner read and write',
  mode => mode >= 0 && mode <= 0o777 && (mode & 0o600) === 0o600,
)

/** With the bit that gives what is made in a folder the folder's group. */
const folderPermissions = permissions(
  'permissions such as 0o755 or 0o2775, in octal, which let the owner do everything',
  mode => mode >= 0 && (mode & ~0o2777) === 0 && (mode & 0o700) === 0o700,
)

const addressText = text(
  "a path or an address with a slash at its end, like '/media/'",
  /^(?:https?:\/\/[^\s?#]+|[^\s?#:]*)\/$/,
)

/** A path without its first slash is from the root, as in Django. */
const address: Kind<string> = {
  expected: addressText.expected,
  read: given => {
    const read = addressText.read(given)
    return read === undefined || /^(?:\/|https?:)/.test(read) ? read : `/${read}`
  },
  fromText: addressText.fromText,
}

export const fileDefinitions: Definitions<FileSettings> = {
  MEDIA_ROOT: setting(line, 'media'),
  MEDIA_URL: setting(address, '/media/'),
  FILE_UPLOAD_PERMISSIONS: setting(nullable(filePermissions), 0o644),
  FILE_UPLOAD_DIRECTORY_PERMISSIONS: setting(nullable(folderPermissions), null),
  FILE_UPLOAD_UNIQUE_NAME: setting(oneOf(uniqueNames), 'timestamp'),
}
