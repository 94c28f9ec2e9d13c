package install

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// arrange moves the jars of modules out of the class path: Elasticsearch refuses a class that is in both.
func arrange(folder string, classes fs.FS) error {
	for _, pattern := range []string{"netty-*.jar", netModule + "-*.jar"} {
		jars, err := filepath.Glob(filepath.Join(folder, Libraries, pattern))
		if err != nil {
			return err
		}
		for _, jar := range jars {
			if err := os.Rename(jar, filepath.Join(folder, "modules", netModule, filepath.Base(jar))); err != nil {
				return err
			}
		}
	}
	launcher := func(path string) bool { return path == launcherFile }
	others := func(path string) bool { return path != launcherFile }
	return errors.Join(
		describe(folder, netModule),
		describe(folder, analysisModule),
		writeJar(filepath.Join(folder, Libraries, "launcher.jar"), classes, launcher),
		writeJar(filepath.Join(folder, "modules", analysisModule, analysisModule+".jar"), classes, others),
	)
}

// describe writes the file that makes a folder a module of Elasticsearch.
func describe(folder, module string) error {
	text := fmt.Sprintf("name=%s\ndescription=%[1]s\nversion=%s\nelasticsearch.version=%[2]s\njava.version=17\nclassname=%s\n",
		module, elasticsearchVersion, moduleClasses[module])
	return os.WriteFile(filepath.Join(folder, "modules", module, "plugin-descriptor.properties"), []byte(text), 0o600)
}

// writeJar packs the wanted classes.
func writeJar(path string, classes fs.FS, wanted func(path string) bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	jar := zip.NewWriter(f)
	manifest, err := jar.Create("META-INF/MANIFEST.MF")
	if err != nil {
		return err
	}
	if _, err := manifest.Write([]byte("Manifest-Version: 1.0\n\n")); err != nil {
		return err
	}
	err = fs.WalkDir(classes, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !wanted(path) {
			return err
		}
		b, err := fs.ReadFile(classes, path)
		if err != nil {
			return err
		}
		w, err := jar.Create(path)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	})
	return errors.Join(err, jar.Close(), f.Close())
}
