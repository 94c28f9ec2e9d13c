package install

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// elasticsearchVersion is one of the few versions of which both the server and its HTTP module are published, see pom.xml.
const elasticsearchVersion = "8.19.21"

// mavenPlugin includes the version, so that a later start without a network finds the plugin of the first start.
const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"

//go:embed elasticsearch
var sources embed.FS

// The layout of an installation.
const (
	// Libraries is the folder of the class path.
	Libraries = "lib"

	// Launcher is the main class.
	Launcher     = "marquee.devstack.Launcher"
	launcherFile = "marquee/devstack/Launcher"

	// netModule is the only module, and netPlugin its class.
	netModule = "transport-netty4"
	netPlugin = "org.elasticsearch.transport.netty4.Netty4Plugin"
)

// ElasticsearchKey names this version of the installation. Installations with different keys are not interchangeable.
func ElasticsearchKey() string {
	sum := sha256.New()
	fmt.Fprintln(sum, elasticsearchVersion, mavenPlugin)
	err := fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := sources.ReadFile(path)
		fmt.Fprintln(sum, path, len(b))
		sum.Write(b)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return "elasticsearch-" + elasticsearchVersion + "-" + hex.EncodeToString(sum.Sum(nil))[:12]
}

// Elasticsearch returns the home folder of an Elasticsearch that any number of nodes may use at once. The first call on a
// machine creates it: Maven fetches the jars, javac compiles the launcher.
func Elasticsearch(ctx context.Context) (home string, err error) {
	cache, err := CacheFolder()
	if err != nil {
		return "", err
	}
	home = filepath.Join(cache, ElasticsearchKey())
	if complete(home) {
		return home, nil
	}
	unlock, err := lockCache(ctx, "elasticsearch")
	if err != nil {
		return "", err
	}
	defer unlock()
	if complete(home) {
		return home, nil
	}
	draft, err := os.MkdirTemp(cache, "draft-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	if err := build(ctx, draft); err != nil {
		return "", fmt.Errorf("install Elasticsearch: %w", err)
	}
	return home, os.Rename(draft, home)
}

// complete reports whether a rename has put the installation in place.
func complete(home string) bool {
	_, err := os.Stat(home)
	return err == nil
}

// build creates an installation in folder.
func build(ctx context.Context, folder string) error {
	javac, err := Program(ctx, "javac", "default-jdk-headless")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(folder, "work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, name := range []string{Libraries, "config", "plugins", "modules/" + netModule, work + "/classes"} {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		if err := os.MkdirAll(name, 0o700); err != nil {
			return err
		}
	}
	if err := os.CopyFS(work, sources); err != nil {
		return err
	}
	lib := filepath.Join(folder, Libraries)
	if err := resolve(ctx, work, lib); err != nil {
		return err
	}
	source := filepath.Join(work, "elasticsearch/src", launcherFile+".java")
	if err := tool(ctx, work, javac, "--release", "17", "-nowarn", "-proc:none", "-d", "classes", "-cp", filepath.Join(lib, "*"), source); err != nil {
		return err
	}
	return arrange(folder, filepath.Join(work, "classes", launcherFile+".class"))
}

// resolve copies the jars of Elasticsearch into lib. It asks Maven's cache first, then the network.
func resolve(ctx context.Context, work, lib string) error {
	maven, err := Program(ctx, "mvn", "maven")
	if err != nil {
		return err
	}
	pom := filepath.Join(work, "elasticsearch", "pom.xml")
	b, err := os.ReadFile(pom)
	if err != nil {
		return err
	}
	b = []byte(strings.ReplaceAll(string(b), "@VERSION@", elasticsearchVersion))
	if err := os.WriteFile(pom, b, 0o600); err != nil {
		return err
	}
	copyJars := []string{maven, "-B", "-q", "-C", "-f", pom, mavenPlugin, "-DincludeScope=runtime", "-DoutputDirectory=" + lib}
	if tool(ctx, work, append(copyJars, "-o")...) == nil {
		return nil
	}
	return tool(ctx, work, copyJars...)
}

// Java returns the path of the virtual machine: from JAVA_HOME, or on the path.
func Java(ctx context.Context) (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return exec.LookPath(filepath.Join(home, "bin", "java"))
	}
	return Program(ctx, "java", "default-jdk-headless")
}
