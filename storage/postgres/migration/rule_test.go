package migration

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
)

// firstRuled is the first migration to which the rule applies. The ones before made
// the schema of the first release.
const firstRuled = 7

// Migrations follow the rule of docs/releases.md, so programs of two releases can run
// side by side.
func TestMigrationsFollowTheRule(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		number, err := goose.NumericComponent(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if number < firstRuled {
			continue
		}
		if err := checkMigration(number, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// checkMigration accepts and refuses migrations by the rule.
func TestTheRuleOfMigrations(t *testing.T) {
	t.Parallel()
	const expand, contract, breaking = "-- expand\n-- +goose Up\n", "-- contract\n-- +goose Up\n", "-- break\n-- +goose Up\n"
	for text, allowed := range map[string]bool{
		expand + `ALTER TABLE movies ADD tagline text;`:                                      true,
		expand + `ALTER TABLE movies ADD COLUMN rank bigint NOT NULL DEFAULT 0;`:             true,
		expand + `ALTER TABLE movies ADD a text, ADD b boolean DEFAULT false;`:               true,
		expand + `ALTER TABLE movies ADD rank bigint NOT NULL;`:                              false, // old programs cannot insert
		expand + `ALTER TABLE movies ADD rank double precision DEFAULT random();`:            false, // rewrites the table
		expand + `ALTER TABLE movies ADD y int GENERATED ALWAYS AS (release_year) STORED;`:   false,
		expand + `ALTER TABLE movies ADD tagline text UNIQUE;`:                               false,
		expand + `ALTER TABLE movies ADD tagline text REFERENCES genres;`:                    false,
		expand + `ALTER TABLE movies ADD CHECK (release_year > 1800);`:                       false, // old programs may violate it
		expand + `ALTER TABLE movies DROP imdb_id;`:                                          false,
		expand + `ALTER TABLE movies ADD tagline text, DROP imdb_id;`:                        false,
		expand + `ALTER TABLE movies RENAME imdb_id TO imdb;`:                                false,
		expand + `DROP TABLE sources;`:                                                       false,
		expand + `UPDATE movies SET version = version + 1;`:                                  false, // locks every row
		expand + `UPDATE catalogue SET min_schema = 8;`:                                      false, // it is contracting
		expand + "CREATE TABLE a (id bigint);\nCREATE UNIQUE INDEX a_id ON a (id);":          true,
		expand + "CREATE TABLE a (id bigint);\nINSERT INTO a SELECT id FROM movies;":         true,
		expand + `INSERT INTO genres (id) VALUES ('a');`:                                     false,
		expand + `CREATE INDEX movies_x ON movies (version);`:                                false, // blocks writers
		expand + `CREATE INDEX CONCURRENTLY movies_x ON movies (version);`:                   true,
		expand + `CREATE UNIQUE INDEX CONCURRENTLY movies_x ON movies (version);`:            false,
		expand + "-- +goose NO TRANSACTION\nSET lock_timeout = 0;\nRESET lock_timeout;":      true,
		expand + "ALTER TABLE movies ADD tagline text;\n-- +goose Down\nDROP TABLE movies;":  true, // the way down is not checked
		contract + "ALTER TABLE movies DROP imdb_id;\nUPDATE catalogue SET min_schema = 8;":  true,
		contract + "ALTER TABLE movies DROP imdb_id;":                                        false, // old programs are not warned
		contract + "ALTER TABLE movies DROP imdb_id;\nUPDATE catalogue SET min_schema = 9;":  false, // excludes the release before
		contract + "ALTER TABLE movies DROP imdb_id;\nUPDATE catalogue SET min_schema = 10;": false,
		breaking + "ALTER TABLE movies DROP imdb_id;\nUPDATE catalogue SET min_schema = 9;":  true,
		breaking + "ALTER TABLE movies DROP imdb_id;\nUPDATE catalogue SET min_schema = 8;":  false, // earlier programs would start
		breaking + "ALTER TABLE movies DROP imdb_id;":                                        false,
		"-- +goose Up\nCREATE TABLE a (id bigint);":                                          false, // has no kind
	} {
		if err := checkMigration(9, text); (err == nil) != allowed {
			t.Errorf("%s\nallowed: %t, %v", text, allowed, err)
		}
	}
}

var (
	comments     = regexp.MustCompile(`(?m)--.*$`)
	createTable  = regexp.MustCompile(`^CREATE TABLE (\w+) `)
	createIndex  = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?\w+ ON (\w+) `)
	insertInto   = regexp.MustCompile(`^INSERT INTO (\w+) `)
	addColumns   = regexp.MustCompile(`^ALTER TABLE \w+ (.*)$`)
	addColumn    = regexp.MustCompile(`^ADD (?:COLUMN )?[a-z_]+ [a-z]+(?:\[\])?(?: COLLATE "C")?( NOT NULL)?( DEFAULT (?:\d+|'[^']*'|true|false|now\(\)))?$`)
	otherGrowth  = regexp.MustCompile(`^(?:(?:RE)?SET lock_timeout( = 0)?|DROP INDEX CONCURRENTLY IF EXISTS \w+)$`)
	setMinSchema = regexp.MustCompile(`^UPDATE catalogue SET min_schema = (\d+)$`)
)

// checkMigration returns an error if a migration with that number breaks the rule.
func checkMigration(number int64, text string) error {
	kind, rest, _ := strings.Cut(text, "\n")
	up, _, _ := strings.Cut(rest, "-- +goose Down")
	var statements []string
	for s := range strings.SplitSeq(comments.ReplaceAllString(up, ""), ";") {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			statements = append(statements, s)
		}
	}
	switch kind {
	case "-- expand":
		return checkExpand(statements)
	case "-- contract":
		// Programs of the release before are still running.
		if oldest := minSchema(statements); oldest == 0 || oldest >= number {
			return fmt.Errorf("it has to raise catalogue.min_schema, to less than %d", number)
		}
		return nil
	case "-- break":
		if minSchema(statements) != number {
			return fmt.Errorf("it has to raise catalogue.min_schema to %d", number)
		}
		return nil
	}
	return errors.New("its first line must be -- expand, -- contract or -- break")
}

// minSchema returns the value that statements give to catalogue.min_schema, 0 for none.
func minSchema(statements []string) int64 {
	for _, s := range statements {
		if m := setMinSchema.FindStringSubmatch(s); m != nil {
			oldest, _ := strconv.ParseInt(m[1], 10, 64) // digits, or too many for a number
			return oldest
		}
	}
	return 0
}

// checkExpand accepts only statements that are known to be safe for running programs:
// they do not change the data that programs read and write, and lock nothing for long.
func checkExpand(statements []string) error {
	made := map[string]bool{} // tables that no program uses yet
	for _, s := range statements {
		if m := createTable.FindStringSubmatch(s); m != nil {
			made[m[1]] = true
			continue
		}
		allowed := otherGrowth.MatchString(s)
		if m := createIndex.FindStringSubmatch(s); m != nil {
			allowed = made[m[3]] || m[1] == "" && m[2] != ""
		}
		if m := insertInto.FindStringSubmatch(s); m != nil {
			allowed = made[m[1]]
		}
		if m := addColumns.FindStringSubmatch(s); m != nil {
			allowed = true
			for column := range strings.SplitSeq(m[1], ", ") {
				c := addColumn.FindStringSubmatch(column)
				allowed = allowed && c != nil && (c[1] == "" || c[2] != "")
			}
		}
		if !allowed {
			return fmt.Errorf("only a contracting migration may say %q", s)
		}
	}
	return nil
}
