package install

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// arrange moves the jars of the module out of the class path: Elasticsearch refuses a class that is in both. The launcher is a
// compiled class.
func arrange(folder, launcher string) error {
	module := filepath.Join(folder, "modules", netModule)
	for _, pattern := range []string{"netty-*.jar", netModule + "-*.jar"} {
		jars, err := filepath.Glob(filepath.Join(folder, Libraries, pattern))
		if err != nil {
			return err
		}
		for _, jar := range jars {
			if err := os.Rename(jar, filepath.Join(module, filepath.Base(jar))); err != nil {
				return err
			}
		}
	}
	text := fmt.Sprintf("name=%s\ndescription=%[1]s\nversion=%s\nelasticsearch.version=%[2]s\njava.version=17\nclassname=%s\n",
		netModule, elasticsearchVersion, netPlugin)
	return errors.Join(
		os.WriteFile(filepath.Join(module, "plugin-descriptor.properties"), []byte(text), 0o600),
		writeJar(filepath.Join(folder, Libraries, "launcher.jar"), launcher),
	)
}

// writeJar packs the launcher.
func writeJar(path, launcher string) error {
	class, err := os.ReadFile(launcher)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	jar := zip.NewWriter(f)
	for name, content := range map[string][]byte{"META-INF/MANIFEST.MF": []byte("Manifest-Version: 1.0\n\n"), launcherFile + ".class": class} {
		w, err := jar.Create(name)
		if err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(jar.Close(), f.Close())
}
