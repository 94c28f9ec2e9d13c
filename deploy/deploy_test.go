// Package deploy contains the files for deployment. Its tests compare them with the
// program and with each other. deploy/validate.sh checks them with the tools that read
// them.
package deploy

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// read returns the text of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// texts returns the files of this folder, except Go, by path.
func texts(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "devstack" || d.Name() == "tls"):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) != ".go" && d.Name() != ".env":
			found[path] = read(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// only returns the one text that an expression finds in a file.
func only(t *testing.T, path, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindAllStringSubmatch(read(t, path), -1)
	if len(found) == 0 {
		t.Fatalf("%s has no match of %s", path, expression)
	}
	for _, f := range found {
		if f[1] != found[0][1] {
			t.Fatalf("%s has both %s and %s", path, f[1], found[0][1])
		}
	}
	return found[0][1]
}

// program runs a command of the program and returns its output.
func program(t *testing.T, environment []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), devstack.Program(t), args...)
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var variable = regexp.MustCompile(`\bMARQUEE_[A-Z_]+`)

// The program accepts the settings in compose.yaml, and knows the settings in all files.
func TestSettingsAreKnown(t *testing.T) {
	t.Parallel()
	var environment []string
	setting := regexp.MustCompile(`(?m)^\s+(MARQUEE_[A-Z_]+): "?(.*?)"?$`)
	for _, s := range setting.FindAllStringSubmatch(read(t, "compose/compose.yaml"), -1) {
		environment = append(environment, s[1]+"="+filled(s[2]))
	}
	out, err := program(t, environment, "config", "api", "--format", "json")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var config struct {
		Settings []struct{ Key, Variable, Value string }
	}
	if err := json.Unmarshal([]byte(out), &config); err != nil {
		t.Fatal(err)
	}
	known, drain := map[string]bool{}, ""
	for _, s := range config.Settings {
		known[s.Variable] = true
		if s.Key == "drain" {
			drain = s.Value
		}
	}
	for path, text := range texts(t) {
		for _, name := range variable.FindAllString(text, -1) {
			if !known[name] {
				t.Errorf("%s: marquee api does not know %s", path, name)
			}
		}
	}
	checkGrace(t, drain)
}

// filled replaces references to the variables of .env.
func filled(value string) string {
	return regexp.MustCompile(`\$\{(\w+)[^}]*\}`).ReplaceAllStringFunc(value, func(reference string) string {
		switch {
		case strings.HasPrefix(reference, "${PUBLIC_URL"):
			return "https://catalogue.example.com"
		case strings.HasPrefix(reference, "${SECRET_KEY"):
			return strings.Repeat("ab", 32)
		}
		return "word"
	})
}

// checkGrace checks that each grace period is longer than the drain and all deadlines
// after it.
func checkGrace(t *testing.T, drain string) {
	t.Helper()
	wait, err := time.ParseDuration(drain)
	if err != nil || wait <= 0 {
		t.Fatalf("the default of --drain is %q", drain)
	}
	for _, deadline := range []struct {
		file, name string
		times      time.Duration
	}{
		{"../cmd/listen/server.go", "lastIdle", 1},
		{"../cmd/listen/server.go", "shutdownTimeout", 1},
		{"../cmd/serve/cache.go", "cacheCloseTimeout", 1},
		{"../storage/counter/counter.go", "flushTimeout", 3}, // a running write, the last one, and adding up
		{"../cmd/indexing/index.go", "closeTimeout", 1},
		{"../cmd/monitor/tracing.go", "traceCloseTimeout", 1},
	} {
		wait += deadline.times * seconds(t, deadline.file, deadline.name)
	}
	for _, grace := range []string{
		only(t, "compose/compose.yaml", `(?s)x-program:.*?stop_grace_period: (\d+s)`),
		only(t, "kubernetes/api.yaml", `terminationGracePeriodSeconds: (\d+)`) + "s",
		only(t, "systemd/marquee-api@.service", `TimeoutStopSec=(\d+s)`),
	} {
		if given, err := time.ParseDuration(grace); err != nil || given < wait {
			t.Errorf("the grace period is %s, want at least %s", grace, wait)
		}
	}
}

// seconds returns a constant of the program in whole seconds.
func seconds(t *testing.T, file, name string) time.Duration {
	t.Helper()
	n, err := strconv.Atoi(only(t, file, `\b`+name+`\s+= (\d+) \* time\.Second`))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(n) * time.Second
}

// The gateway closes an idle connection earlier than an ending process does. Otherwise a
// write could be sent to a closed connection.
func TestGatewayClosesIdleConnectionsFirst(t *testing.T) {
	t.Parallel()
	last := seconds(t, "../cmd/listen/server.go", "lastIdle")
	for file, setting := range map[string]string{
		"gateway/upstream.conf":            `keepalive_timeout (\d+s);`,
		"kubernetes/gateway/upstream.conf": `keepalive_timeout (\d+s);`,
		"../docs/deployment.md":            `KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT=(\d+)\b`,
	} {
		idle, err := time.ParseDuration(strings.TrimSuffix(only(t, file, setting), "s") + "s")
		if err != nil || idle >= last {
			t.Errorf("%s leaves connections idle for %s, want less than the %s of an ending process", file, idle, last)
		}
	}
}

// The published containers and their Redis servers run without root and without
// capabilities.
func TestContainersHaveNoRights(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gateway", "redis-cache", "redis-nonces"} {
		if s := service(t, name); !regexp.MustCompile(`\n    user: "[1-9]\d*:[1-9]\d*"`).MatchString(s) || !strings.Contains(s, "\n    cap_drop: [ALL]\n") {
			t.Errorf("service %s has no user or does not drop capabilities: %s", name, s)
		}
	}
}

// Every image names a version, so that a deployment changes only when its files do.
func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	image := regexp.MustCompile(`(?m)^\s*(?:image:|FROM(?: --platform=\S+)?) (\S+)`)
	pinned := regexp.MustCompile(`:v?\d+(\.\d+)+(-[a-z0-9.]+)?$`)
	own := []string{"${PROGRAM_IMAGE:-marquee:local}", "marquee", "scratch"} // built here; kustomization.yaml has the tag
	count := 0
	for path, text := range texts(t) {
		for _, found := range image.FindAllStringSubmatch(text, -1) {
			count++
			if !slices.Contains(own, found[1]) && !pinned.MatchString(found[1]) {
				t.Errorf("%s: %s names no version", path, found[1])
			}
		}
	}
	if count < 10 {
		t.Errorf("found %d images, want at least 10", count)
	}
	for _, path := range []string{"kubernetes/kustomization.yaml", "kubernetes/migrate/kustomization.yaml"} {
		if tag := only(t, path, `newTag: (\S+)`); tag != only(t, "kubernetes/kustomization.yaml", `newTag: (\S+)`) || tag == "latest" {
			t.Errorf("%s has the tag %s, want the same version everywhere", path, tag)
		}
	}
}

// The image is built with the Go version of go.mod.
func TestImageHasTheToolchain(t *testing.T) {
	t.Parallel()
	language := only(t, "../go.mod", `(?m)^go (\d+\.\d+)`)
	if image := only(t, "Dockerfile", `golang:(\d+\.\d+)`); image != language {
		t.Errorf("the image is built with Go %s, go.mod says %s", image, language)
	}
}

// Addresses and ports are the same in all files.
func TestAddressesAgree(t *testing.T) {
	t.Parallel()
	compose, api, gateway := read(t, "compose/compose.yaml"), read(t, "kubernetes/api.yaml"), read(t, "kubernetes/gateway/gateway.yaml")
	var upstream []string
	for _, s := range regexp.MustCompile(`server (\S+):(\d+) `).FindAllStringSubmatch(read(t, "gateway/upstream.conf"), -1) {
		upstream = append(upstream, s[1])
		if port := only(t, "compose/compose.yaml", `MARQUEE_LISTEN: ":(\d+)"`); s[2] != port {
			t.Errorf("upstream.conf has port %s, but the processes listen on %s", s[2], port)
		}
		if !strings.Contains(compose, "ipv4_address: "+s[1]+"}") {
			t.Errorf("no process of compose.yaml has the address %s", s[1])
		}
		if !strings.Contains(read(t, "gateway/kong.yaml"), `target: "`+s[1]+":"+s[2]+`"`) {
			t.Errorf("kong.yaml has no target %s", s[1])
		}
	}
	if len(upstream) != 2 {
		t.Errorf("upstream.conf names %q, want two processes", upstream)
	}
	trusted := only(t, "compose/compose.yaml", `MARQUEE_TRUSTED_PROXIES: (\S+)`)
	if own := only(t, "compose/compose.yaml", `(?s)\n  gateway:.*?edge: \{ipv4_address: (\S+)\}`); own != trusted {
		t.Errorf("the gateway has address %s, but MARQUEE_TRUSTED_PROXIES is %s", own, trusted)
	}
	admin := only(t, "kubernetes/config.yaml", `MARQUEE_ADMIN_LISTEN: ":(\d+)"`)
	for _, other := range []string{
		only(t, "compose/compose.yaml", `MARQUEE_ADMIN_LISTEN: ":(\d+)"`),
		only(t, "compose/compose.yaml", `"/probe", "http://127.0.0.1:(\d+)/`),
		only(t, "Dockerfile", `MARQUEE_ADMIN_LISTEN=:(\d+)`),
		only(t, "Dockerfile", `"/probe", "http://127.0.0.1:(\d+)/`),
		only(t, "kubernetes/api.yaml", `name: admin, containerPort: (\d+)`),
		only(t, "kubernetes/indexer.yaml", `name: admin, containerPort: (\d+)`),
		only(t, "kubernetes/network.yaml", `port: (9\d+)`),
		only(t, "compose/prometheus/prometheus.yaml", `(?:api|indexer)-\d:(\d+)`),
	} {
		if other != admin {
			t.Errorf("metrics and probes are at port %s in one file and %s in another", admin, other)
		}
	}
	for _, port := range regexp.MustCompile(`(?m)^\s+listen (\d+)`).FindAllStringSubmatch(read(t, "gateway/nginx.conf"), -1) {
		if !strings.Contains(gateway, "containerPort: "+port[1]+"}") {
			t.Errorf("nginx.conf listens on %s, which gateway.yaml does not name", port[1])
		}
		if !regexp.MustCompile(`\b` + port[1] + `\b`).MatchString(compose) {
			t.Errorf("nginx.conf listens on %s, which compose.yaml does not name", port[1])
		}
	}
	if service := only(t, "kubernetes/gateway/upstream.conf", `server (\S+) `); service != "marquee-api:8080" || !strings.Contains(api, "{name: http, port: 8080, targetPort: http}") {
		t.Errorf("the gateway's upstream is %s, want marquee-api:8080", service)
	}
}

// The example has every variable that compose.yaml reads from .env. Secrets have no
// defaults: compose.yaml does not start without them.
func TestSecretsHaveNoDefaults(t *testing.T) {
	t.Parallel()
	example := read(t, "compose/.env.example")
	references := regexp.MustCompile(`[^$]\$\{(\w+)(:[-?])?`).FindAllStringSubmatch(read(t, "compose/compose.yaml"), -1)
	required := map[string]bool{}
	for _, r := range references {
		required[r[1]] = required[r[1]] || r[2] == ":?"
	}
	for name := range required {
		if !regexp.MustCompile(`(?m)^#?` + name + `=`).MatchString(example) {
			t.Errorf("%s is not in .env.example", name)
		}
		if name != "PROGRAM_IMAGE" && !required[name] {
			t.Errorf("compose.yaml starts without %s", name)
		}
	}
	for _, secret := range regexp.MustCompile(`(?m)^(\w*(?:PASSWORD|KEY)\w*)=(.*)$`).FindAllStringSubmatch(example, -1) {
		if secret[2] != "" {
			t.Errorf("%s has a value in the example", secret[1])
		}
	}
	if len(required) < 6 {
		t.Errorf("found %d variables, want at least 6", len(required))
	}
}

// The stores are on an internal network and publish no ports.
func TestStoresAreNotPublished(t *testing.T) {
	t.Parallel()
	compose := read(t, "compose/compose.yaml")
	if !strings.Contains(compose, "stores: {internal: true}") {
		t.Error("the network of the stores is not internal")
	}
	for _, store := range []string{"postgres", "redis-cache", "redis-nonces", "elasticsearch"} {
		if s := service(t, store); !strings.Contains(s, "networks: [stores]") || strings.Contains(s, "ports:") {
			t.Errorf("service %s is on another network or publishes ports: %s", store, s)
		}
	}
}

// service returns the part of compose.yaml about a service.
func service(t *testing.T, name string) string {
	t.Helper()
	_, said, found := strings.Cut(read(t, "compose/compose.yaml"), "\nservices:\n")
	if found {
		_, said, found = strings.Cut("\n"+said, "\n  "+name+":\n")
	}
	if !found {
		t.Fatalf("compose.yaml has no service %s", name)
	}
	if end := regexp.MustCompile(`\n  \S`).FindStringIndex(said); end != nil {
		said = said[:end[0]]
	}
	return said
}

// The ConfigMap of the gateway contains all of its files.
func TestGatewayIsComplete(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("gateway/*.conf")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	listed := read(t, "gateway/kustomization.yaml")
	for _, file := range files {
		if !strings.Contains(listed, "- "+filepath.Base(file)+"\n") {
			t.Errorf("kustomization.yaml lacks %s", file)
		}
	}
}

// The Jobs of a campaign raise the lower limit of the api's autoscaler within its upper limit, may change this
// autoscaler only, and restore its own limit.
func TestCampaignScalesTheAPI(t *testing.T) {
	t.Parallel()
	const schedule = "kubernetes/campaign/schedule.yaml"
	scaler := only(t, "kubernetes/api.yaml", `(?s)kind: HorizontalPodAutoscaler\nmetadata:\n  name: (\S+)`)
	for _, named := range []string{
		only(t, schedule, `args: \[patch, horizontalpodautoscaler, (\S+),`),
		only(t, "kubernetes/campaign/access.yaml", `resourceNames: \[(\S+)\]`),
	} {
		if named != scaler {
			t.Errorf("the campaign changes %s, but the autoscaler is %s", named, scaler)
		}
	}
	limits := regexp.MustCompile(`"minReplicas":(\d+)`).FindAllStringSubmatch(read(t, schedule), -1)
	if len(limits) != 2 {
		t.Fatalf("got the limits %v, want one at the start and one at the end", limits)
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	least, most := only(t, "kubernetes/api.yaml", `minReplicas: (\d+)`), only(t, "kubernetes/api.yaml", `maxReplicas: (\d+)`)
	if during := number(limits[0][1]); during <= number(least) || during > number(most) {
		t.Errorf("a campaign has at least %d processes, want more than %s and at most %s", during, least, most)
	}
	if limits[1][1] != least {
		t.Errorf("after a campaign there are at least %s processes, want %s as before", limits[1][1], least)
	}
	if _, err := time.LoadLocation(only(t, schedule, `timeZone: (\S+)`)); err != nil {
		t.Error(err)
	}
}
