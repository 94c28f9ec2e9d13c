package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"marquee/deploy/devstack/install"
)

// Elasticsearch starts a single node with its data in dir. The first call on a machine installs it.
//
// brief is for a server that runs for minutes. Java compiles its code once and without optimisation: it starts in two
// thirds of the time, and answers slower than a production server. It must be false where speed is measured.
func Elasticsearch(ctx context.Context, dir string, brief bool) (*Process, error) {
	home, err := install.Elasticsearch(ctx)
	if err != nil {
		return nil, err
	}
	java, err := install.Java(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, kind{
		name:   "Elasticsearch",
		scheme: "http",
		ready:  askElasticsearch,
		command: func(dir string, port int) *exec.Cmd {
			args := append(javaFlags(home, brief), install.Launcher)
			return exec.Command(java, append(args, settings(home, dir, port)...)...) //nolint:noctx // runs until Kill
		},
	}, dir)
}

func javaFlags(home string, brief bool) []string {
	flags := []string{
		"-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
		"-Dfile.encoding=UTF-8", "-Djava.awt.headless=true", "-Dlog4j2.disable.jmx=true",
		"-Dio.netty.allocator.numDirectArenas=0", "-Des.path.home=" + home,
		"-cp", filepath.Join(home, install.Libraries, "*"),
	}
	if brief {
		flags = append([]string{"-XX:TieredStopAtLevel=1"}, flags...)
	}
	return flags
}

// settings returns the settings of a node. Settings that affect answers have the defaults of the official distribution.
func settings(home, dir string, port int) []string {
	return []string{
		"cluster.name=marquee-devstack",
		"discovery.type=single-node",
		"network.host=127.0.0.1",
		"http.port=" + strconv.Itoa(port),
		"transport.port=0",
		"path.home=" + home,
		"path.data=" + filepath.Join(dir, dataFolder),
		"path.logs=" + filepath.Join(dir, "logs"),
		// A full disk must not make the indices of a test read-only. Many tests at once must not run out of shards.
		"cluster.routing.allocation.disk.threshold_enabled=false",
		"cluster.max_shards_per_node=10000",
	}
}

// askElasticsearch returns nil when the node has elected itself and knows its indices.
func askElasticsearch(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := "http://" + address + "/_cluster/health?wait_for_status=yellow&timeout=4s"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	request.Close = true // leaves no goroutine
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("cluster health: %s", response.Status)
	}
	return nil
}

// TempDir creates a folder for a server. The caller removes it.
func TempDir(name string) (string, error) { return os.MkdirTemp("", "marquee-"+name+"-") }
