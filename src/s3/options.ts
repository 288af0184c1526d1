/**
 * Where a bucket is and who asks, checked once.
 */
import { type Awaitable, type Clock, ConfigError, systemClock } from '../kit/index.ts'
import { env, type UniqueName } from '../settings/index.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of credentials that end after a while. */
  readonly sessionToken?: string | undefined
}

export interface S3StorageOptions {
  readonly bucket: string
  /** Default: AWS_REGION of the environment, else `us-east-1`. */
  readonly region?: string
  /** Address of the server, without the bucket: `https://s3.example.com`. Default: Amazon's of the region. */
  readonly endpoint?: string
  /** True: the bucket is the first piece of the path, not of the host. Default: true with an `endpoint`, else false. */
  readonly pathStyle?: boolean
  /**
   * Or a function, asked for each request, that gives those of the moment. Default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
   * AWS_SESSION_TOKEN of the environment.
   */
  readonly credentials?: S3Credentials | (() => Awaitable<S3Credentials>)
  /** What all keys begin with, `media/`; the names of the storage do not. Default: nothing. */
  readonly prefix?: string
  /** Where anybody may read the bucket: an address with a slash at its end, for `url`. Default: addresses are signed, for `urlSeconds`. */
  readonly publicUrl?: string
  /** How long a signed address works. Default: 3600. Amazon's longest: 604800, seven days. */
  readonly urlSeconds?: number
  /** Size of a part of a large file; a smaller file is sent as one. Default: 5 MiB (5_242_880), the least that S3 takes; 10,000 parts are a file. */
  readonly partBytes?: number
  /** How many parts are on their way at once; there is one more in memory. Default: 2. */
  readonly partsAtOnce?: number
  /** How long one request may take, those that repeat it included, in seconds. Default: 30. */
  readonly timeoutSeconds?: number
  /**
   * False for a server that overlooks `If-None-Match`, so that it replaces files. Default: true; a server that says that it has no conditions is
   * believed, and for `directUpload` one at an `endpoint` is asked.
   */
  readonly conditionalWrites?: boolean
  /** What is added to a name that is taken. Default: `'timestamp'`. */
  readonly uniqueName?: UniqueName
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: the global one. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>
}

/** All of them, and where the bucket is. */
export interface S3Config
  extends Required<
    Omit<S3StorageOptions, 'endpoint' | 'pathStyle' | 'credentials' | 'publicUrl' | 'conditionalWrites'>
  > {
  /** Of the bucket, with a slash at its end. */
  readonly bucketUrl: URL
  readonly publicUrl: string | null
  /** `null`: as the server says. */
  readonly conditionalWrites: boolean | null
  readonly credentials: () => Awaitable<S3Credentials>
}

/** The least that S3 takes for a part that is not the last. */
const leastPartBytes = 5_242_880
/** The longest that S3 signs for: seven days. */
const mostUrlSeconds = 604_800

/** @throws {ConfigError} for what cannot be. Says nothing of the credentials. */
export function readOptions(options: S3StorageOptions): S3Config {
  const { bucket, prefix = '', publicUrl = null, partBytes = leastPartBytes, urlSeconds = 3600 } = options
  if (!/^[a-z0-9][a-z0-9._-]{1,62}$/i.test(bucket))
    refuse(`${JSON.stringify(bucket)} is no bucket.`, 'Give its name alone.')
  if (prefix !== '' && !/^[^/\\\p{Cc}](?:[^\\\p{Cc}]*\/)?$/u.test(prefix))
    refuse(`${JSON.stringify(prefix)} cannot stand before names.`, "End it with a slash: 'media/'.")
  if (publicUrl !== null && !(URL.canParse(publicUrl) && publicUrl.endsWith('/')))
    refuse(`${JSON.stringify(publicUrl)} cannot stand before names.`, 'Give an address with a slash at its end.')
  if (!(partBytes >= leastPartBytes)) refuse('S3 takes no parts below 5 MiB.', 'Set partBytes to 5_242_880 or more.')
  if (!(urlSeconds >= 1 && urlSeconds <= mostUrlSeconds))
    refuse(`No address can be signed for ${urlSeconds} seconds.`, `Set urlSeconds to ${mostUrlSeconds} or less.`)
  const region = options.region ?? env('AWS_REGION', 'us-east-1')
  return {
    bucket,
    prefix,
    publicUrl,
    partBytes,
    urlSeconds,
    region,
    bucketUrl: bucketUrl(options, region),
    credentials: credentialsOf(options),
    partsAtOnce: Math.max(1, options.partsAtOnce ?? 2),
    timeoutSeconds: options.timeoutSeconds ?? 30,
    // Amazon's has them.
    conditionalWrites: options.conditionalWrites ?? (options.endpoint === undefined ? true : null),
    uniqueName: options.uniqueName ?? 'timestamp',
    clock: options.clock ?? systemClock,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
  }
}

function refuse(problem: string, fix: string): never {
  throw new ConfigError(problem, fix)
}

function bucketUrl({ bucket, endpoint, pathStyle }: S3StorageOptions, region: string): URL {
  const text = endpoint ?? `https://s3.${region}.amazonaws.com`
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== ''
  )
    return refuse(
      'The endpoint is no address of a server.',
      "Give one such as 'https://s3.example.com', credentials apart.",
    )
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  if (pathStyle ?? endpoint !== undefined) url.pathname = `${path}${bucket}/`
  else {
    url.host = `${bucket}.${url.host}`
    url.pathname = path
  }
  return url
}

function credentialsOf({ credentials }: S3StorageOptions): () => Awaitable<S3Credentials> {
  if (typeof credentials === 'function') return credentials
  const found = credentials ?? {
    accessKeyId: env('AWS_ACCESS_KEY_ID'),
    secretAccessKey: env('AWS_SECRET_ACCESS_KEY'),
    sessionToken: env('AWS_SESSION_TOKEN', '') || undefined,
  }
  return () => found
}
