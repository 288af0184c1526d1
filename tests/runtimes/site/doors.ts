/**
 * The ways in which requests reach an app on this runtime: `app.fetch` itself, the runtime's own server around it, `nuages/node`.
 */
import type { App } from 'nuages'
import { serve } from 'nuages/node'

/** A door that is open. */
export interface Door {
  readonly origin: string
  /** `null` where there is no socket. */
  readonly port: number | null
  send(request: Request): Promise<Response>
  close(): Promise<void>
}

export interface DoorKind {
  readonly name: string
  readonly hasSocket: boolean
  open(app: App): Promise<Door>
}

interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
  stop(closeConnections: boolean): Promise<void>
}

interface BunRuntime {
  readonly version: string
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: BunServer): Promise<Response>
  }): BunServer
}

interface DenoRuntime {
  readonly version: { readonly deno: string }
  serve(
    options: { port: number; hostname: string; onListen(): void },
    handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> }
}

const { Bun, Deno } = globalThis as { Bun?: BunRuntime; Deno?: DenoRuntime }

/** Name and version of what runs this. */
export const runtime: string =
  Bun !== undefined
    ? `Bun ${Bun.version}`
    : Deno !== undefined
      ? `Deno ${Deno.version.deno}`
      : `Node ${process.version}`

const hostname = '127.0.0.1'

function socketDoor(port: number, close: () => Promise<unknown>): Door {
  return {
    origin: `http://${hostname}:${port}`,
    port,
    send: request => fetch(request),
    close: async () => {
      await close()
    },
  }
}

/** No socket: what a framework does that the app is mounted in. */
export const fetchDoor: DoorKind = {
  name: 'app.fetch',
  hasSocket: false,
  open: async app => ({
    origin: `http://${hostname}`,
    port: null,
    send: request => app.fetch(request, { ip: hostname }),
    close: () => app.close(),
  }),
}

const bunDoor = (bun: BunRuntime): DoorKind => ({
  name: 'Bun.serve',
  hasSocket: true,
  async open(app) {
    const server = bun.serve({
      port: 0,
      hostname,
      fetch: (request, own) => app.fetch(request, { ip: own.requestIP(request)?.address ?? null }),
    })
    return socketDoor(server.port, async () => {
      await server.stop(true)
      await app.close()
    })
  },
})

const denoDoor = (deno: DenoRuntime): DoorKind => ({
  name: 'Deno.serve',
  hasSocket: true,
  async open(app) {
    const options = { port: 0, hostname, onListen: () => {} }
    const server = deno.serve(options, (request, { remoteAddr }) => app.fetch(request, { ip: remoteAddr.hostname }))
    return socketDoor(server.addr.port, async () => {
      await server.shutdown()
      await app.close()
    })
  },
})

const nodeDoor: DoorKind = {
  name: 'nuages/node',
  hasSocket: true,
  async open(app) {
    const server = await serve(app, { port: 0, host: hostname, signals: false })
    return socketDoor(server.port, () => server.close())
  },
}

/** All that this runtime has. */
export const doorKinds: readonly DoorKind[] = [
  fetchDoor,
  ...(Bun === undefined ? [] : [bunDoor(Bun)]),
  ...(Deno === undefined ? [] : [denoDoor(Deno)]),
  nodeDoor,
]
