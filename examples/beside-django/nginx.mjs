/** The proxy in front: one host, and each program its addresses. */

/** The configuration of an nginx that runs as anybody, and keeps its files in `folder`. */
export function nginxConf({ folder, files, port, django, nuages, user }) {
  return `
${user === null ? '' : `user ${user};`}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  types { text/css css; }
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}

  # Both programs see the host that the visitor asked for, and the visitor's address: nobody else can say it.
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;

  server {
    listen 127.0.0.1:${port};
    location = /site.css { root ${files}; }
    location /nuages/ { proxy_pass http://127.0.0.1:${nuages}; }
    location / { proxy_pass http://127.0.0.1:${django}; }
  }
}
`
}
