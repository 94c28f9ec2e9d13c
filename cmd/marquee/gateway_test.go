package main

import (
	"fmt"
	"strings"
	"testing"
)

// gatewayConfig spreads requests over processes and keeps nothing, so that every
// answer is one of theirs. What one refuses is asked of the next, unless that is a
// POST which it may have begun. None is given up after that (max_fails=0): for as
// long as one is, the end of the other leaves nobody. Nor is one for being slow:
// whose PostgreSQL is frozen answers after its own deadlines. The arguments are the
// user, the folder, the address and the processes.
const gatewayConfig = `
user %[1]s;
worker_processes 1;
daemon off;
pid %[2]s/pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path %[2]s/body;
  proxy_temp_path %[2]s/proxy;
  fastcgi_temp_path %[2]s/fastcgi;
  uwsgi_temp_path %[2]s/uwsgi;
  scgi_temp_path %[2]s/scgi;
  upstream marquee {
%[4]s
    keepalive 32;
  }
  server {
    listen %[3]s;
    location / {
      proxy_pass http://marquee;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_connect_timeout 1s;
      proxy_read_timeout 30s;
      proxy_next_upstream error timeout;
    }
  }
}
`

// startGateway starts nginx in front of processes, by their addresses.
func startGateway(t *testing.T, token string, processes ...string) entrance {
	t.Helper()
	address := freeAddress(t)
	var servers strings.Builder
	for _, p := range processes {
		fmt.Fprintf(&servers, "    server %s max_fails=0;\n", p)
	}
	runNginx(t, address, func(user, dir string) []byte {
		return fmt.Appendf(nil, gatewayConfig, user, dir, address, servers.String())
	})
	return entrance{site: site{"http://" + address, token}, client: client}
}
