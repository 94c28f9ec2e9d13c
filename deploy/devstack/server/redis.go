package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"marquee/deploy/devstack/install"
)

// RedisDatabases is the number of logical databases of a Redis that this package starts. An empty one costs a kilobyte.
const RedisDatabases = 4096

// Redis starts a Redis server with its data in dir, and passes it further arguments. It installs the Debian package when
// the program is missing.
func Redis(ctx context.Context, dir string, arguments ...string) (*Process, error) {
	program, err := install.Program(ctx, "redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	return start(ctx, kind{
		name:   "Redis",
		scheme: "redis",
		ready:  pingRedis,
		command: func(_ string, port int) *exec.Cmd {
			// The append-only file keeps data after a kill. It does not wait for the disk.
			return exec.Command(program, append([]string{ //nolint:noctx // runs until Kill
				"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dataFolder, "--daemonize", "no",
				"--save", "", "--appendonly", "yes", "--appendfsync", "no",
				"--databases", strconv.Itoa(RedisDatabases),
			}, arguments...)...)
		},
	}, dir)
}

// pingRedis also returns an error while the server loads its data.
func pingRedis(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := AskRedis(ctx, address, "PING")
	return err
}

// AskRedis sends commands of plain words on a new connection and returns the last answer, which must have one line, such
// as "+PONG" or ":1". ctx must have a deadline.
func AskRedis(ctx context.Context, address string, commands ...string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, limited := ctx.Deadline()
	if !limited {
		return "", errors.New("no deadline")
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	answers := bufio.NewReader(conn)
	var answer string
	for _, command := range commands {
		if _, err := fmt.Fprint(conn, command+"\r\n"); err != nil {
			return "", err
		}
		if answer, err = answers.ReadString('\n'); err != nil {
			return "", err
		}
		answer = strings.TrimSpace(answer)
		if strings.HasPrefix(answer, "-") {
			return "", fmt.Errorf("%s: redis answers %q", command, answer)
		}
	}
	return answer, nil
}
