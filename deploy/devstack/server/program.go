package server

import "path/filepath"

// PostgresProgram is the path of a client program, such as pg_dump, of the installation that Postgres runs.
func PostgresProgram(name string) (string, error) {
	t, err := findPostgresTools()
	if err != nil {
		return "", err
	}
	return filepath.Join(t.folder, name), nil
}
