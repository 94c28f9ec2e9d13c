package measure_test

import (
	"fmt"
	"testing"

	"marquee/cmd/test/fixture"
)

// nginxConfig is a cache tuned for hits: without logs, with files held open, and
// without revalidation during the measurement. The arguments are the user, the folder,
// the address and the origin.
const nginxConfig = `
user %[1]s;
worker_processes 2;
worker_cpu_affinity auto;
daemon off;
pid %[2]s/pid;
error_log %[2]s/error.log error;
events {
  worker_connections 1024;
  multi_accept on;
}
http {
  access_log off;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  open_file_cache max=20000 inactive=1h;
  open_file_cache_valid 1h;
  client_body_temp_path %[2]s/body;
  proxy_temp_path %[2]s/proxy;
  fastcgi_temp_path %[2]s/fastcgi;
  uwsgi_temp_path %[2]s/uwsgi;
  scgi_temp_path %[2]s/scgi;
  proxy_cache_path %[2]s/cache levels=1:2 keys_zone=hot:64m inactive=1h max_size=1g use_temp_path=off;
  server {
    listen %[3]s reuseport;
    location / {
      proxy_pass http://%[4]s;
      proxy_cache hot;
      proxy_cache_key $request_uri;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Expires;
    }
  }
}
`

// startNginx runs nginx with a cache in front of an origin until the end of the
// benchmark, and returns its address.
func startNginx(b *testing.B, origin string) string {
	b.Helper()
	address := fixture.FreeAddress(b)
	fixture.RunNginx(b, address, func(user, dir string) []byte { return fmt.Appendf(nil, nginxConfig, user, dir, address, origin) })
	return address
}
