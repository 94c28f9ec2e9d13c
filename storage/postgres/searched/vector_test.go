package searched_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/searched"
)

func TestMain(m *testing.M) { devstack.Main(m) }

func TestVector(t *testing.T) {
	t.Parallel()
	v := searched.Vector(&storage.Terms{
		Label: []string{"dark", "knight", "dark"}, Names: [][]string{{"tom", "hardi"}, {"tom"}}, Text: []string{"the", "dark"},
		LabelForms: []string{"darkknight", "n:2"}, NameForms: []string{"tomhardi"}, TextForms: []string{"darkknight"}, Kinds: []string{"g:crime"},
		Words: []string{"dark", "hardy", ""}, Flags: []string{"w!x"},
	})
	const want = "'#dark' '#darkknight' '#hardi' '#knight' '#n:2' '#tom' '#tomhardi' ':' ':dark' ':hardy' " +
		"'dark':1A,3A,4002C 'darkknight':16383A 'g:crime':16383 'hardi':1002B 'knight':2A 'n:2':16383A 'the':4001C 'tom':1001B,1004B 'tomhardi':16383B 'w!x'"
	if diff := cmp.Diff(want, v.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var counted []string
	for _, l := range v.Lexemes {
		if searched.IsCounted(l.Word) {
			counted = append(counted, l.Word)
		}
	}
	if got := strings.Join(counted, " "); got != ": :dark :hardy dark darkknight g:crime hardi knight n:2 the tom tomhardi" {
		t.Errorf("counted %s", got)
	}
}

// PostgreSQL takes the vectors of all texts.
func TestPostgreSQLTakesEveryVector(t *testing.T) {
	t.Parallel()
	const mebibyte = 1 << 20
	var distinct []string
	for i := range mebibyte / 8 {
		distinct = append(distinct, fmt.Sprintf("w%06d", i))
	}
	conn, err := pgx.Connect(await.Context(t), devstack.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(await.Context(t)) }()
	if _, err := conn.Exec(await.Context(t), `CREATE TABLE rows (name text, terms tsvector); CREATE INDEX ON rows USING gin (terms)`); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		terms *storage.Terms
		has   int // lexemes, at least
	}{
		"nothing":            {&storage.Terms{}, 0},
		"distinct words":     {&storage.Terms{Label: distinct, Names: [][]string{distinct, distinct}, Text: distinct, TextForms: distinct, Words: distinct}, 40_000},
		"one repeated word":  {&storage.Terms{Label: slices.Repeat([]string{"a"}, mebibyte/2), Text: slices.Repeat([]string{"a", "b"}, mebibyte/4)}, 3},
		"many names":         {&storage.Terms{Names: slices.Repeat([][]string{{"a", "b"}}, 10_000)}, 4},
		"a word of 1 MB":     {&storage.Terms{Label: []string{strings.Repeat("é", mebibyte/2), "b"}, Words: []string{strings.Repeat("x", mebibyte)}}, 2},
		"the longest words":  {&storage.Terms{Label: []string{strings.Repeat("x", 2046), strings.Repeat("y", 2047)}}, 1},
		"quotes and slashes": {&storage.Terms{Label: []string{"'", "''", `\`, `\'`, `"`, ":", "a:1A", "%", " ", "-", "!"}, Words: []string{"'", `\`}}, 20},
		"what is no text":    {&storage.Terms{Label: []string{"", "a\x00b", "\xff", "c"}}, 2},
	} {
		v := searched.Vector(c.terms)
		if _, err := conn.CopyFrom(await.Context(t), pgx.Identifier{"rows"}, []string{"name", "terms"}, pgx.CopyFromRows([][]any{{name, v}})); err != nil {
			t.Errorf("%s: copy: %v", name, err)
		}
		var got pgtype.TSVector
		if err := conn.QueryRow(await.Context(t), `INSERT INTO rows VALUES ($1, $2) RETURNING terms`, name, v).Scan(&got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got.Lexemes) < c.has || len(got.Lexemes) != len(v.Lexemes) {
			t.Errorf("%s: stored %d lexemes of %d, want %d", name, len(got.Lexemes), len(v.Lexemes), c.has)
		}
		for i, l := range got.Lexemes[:min(len(got.Lexemes), 100)] {
			if diff := cmp.Diff(v.Lexemes[i], l); diff != "" {
				t.Errorf("%s (-sent +stored):\n%s", name, diff)
			}
		}
	}
	var lost int
	err = conn.QueryRow(await.Context(t), `SELECT count(*) FROM rows WHERE name = 'quotes and slashes' AND NOT terms @@ $$ '''' & '\\' $$::tsquery`).Scan(&lost)
	if err != nil || lost != 0 {
		t.Errorf("%d rows not found, %v", lost, err)
	}
}
