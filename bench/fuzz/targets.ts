/** What the fuzzer knows, by name. */
import type { Target } from './run.ts'

const targets: Readonly<Record<string, () => Promise<Target>>> = {
  urls: async () => (await import('./urls.ts')).openUrls(),
  query: async () => (await import('./query.ts')).openQuery(),
  cookies: async () => (await import('./cookies.ts')).openCookies(),
  signed: async () => (await import('./signed.ts')).openSigned(),
  sessions: async () => (await import('./sessions.ts')).openSessions(),
  pickles: async () => (await import('./pickles.ts')).openPickles(),
  json: async () => (await import('./json.ts')).openJson(),
  multipart: async () => (await import('./multipart.ts')).openMultipart(),
  http: async () => (await import('./http.ts')).openHttp(),
}

export const targetNames: readonly string[] = Object.keys(targets)

export async function openTarget(name: string): Promise<Target> {
  const open = targets[name]
  if (open === undefined) throw new Error(`There is no target "${name}": take one of ${targetNames.join(', ')}.`)
  return open()
}
