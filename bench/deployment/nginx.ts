/**
 * nginx in front of the hosts.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isOpen } from '../../tests/is-open.ts'

export interface Site {
  /** Its session engine. */
  readonly name: string
  /** The same in front and on each host. */
  readonly port: number
}

/** Starts it for these sites on `address`, in front of hosts with these addresses. It ends with the namespaces. */
export async function startNginx(address: string, hosts: readonly string[], sites: readonly Site[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-nginx-'))
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration({ folder, address, hosts, sites }))
  const child = spawn('nginx', ['-c', file, '-e', join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const { port } of sites) {
    while (!(await isOpen(port, address))) {
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`)
      await delay(20)
    }
  }
}

interface Front {
  readonly folder: string
  readonly address: string
  readonly hosts: readonly string[]
  readonly sites: readonly Site[]
}

/**
 * A host that thrice takes no connection within a second, or is silent for three, is left out for two. One failure is no sign: a worker that is
 * killed is one, too. What is no GET is never sent twice.
 */
function configuration({ folder, address, hosts, sites }: Front): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `  ${name}_temp_path ${folder}/${name};`,
  )
  const servers = sites.map(
    ({ name, port }) => `
  upstream ${name} {
${hosts.map(host => `    server ${host}:${port} max_fails=3 fail_timeout=2s;`).join('\n')}
    keepalive 64;
  }
  server {
    listen ${address}:${port};
    location / {
      proxy_pass http://${name};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto http;
      proxy_connect_timeout 1s;
      proxy_read_timeout 3s;
    }
  }`,
  )
  return `daemon off;
pid ${folder}/nginx.pid;
events { worker_connections 2048; }
http {
  access_log off;
${paths.join('\n')}
${servers.join('\n')}
}
`
}
