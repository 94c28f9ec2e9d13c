package storage

import (
	"cmp"
	"math"
	"time"

	"marquee/storage/textform"
)

// Sort describes an order of lists. Each direction orders by one key that is never null,
// then by id. So unset values are last in both directions, and a page boundary is a single
// comparison.
type Sort struct {
	// Name is the value of the sort parameter.
	Name string
	// Ascending and Descending are the columns of the keys. They differ only for a sort
	// whose values may be unset.
	Ascending, Descending string
	// Kind is the kind of the keys: Text, compared byte by byte, Integer, or Timestamp in
	// Unix seconds.
	Kind Kind
	// Key returns the key of a document for a direction.
	Key func(d *Document, descending bool) Key
	// Doc is the order in words, for the OpenAPI file.
	Doc string
}

// Column returns the column of the keys of a direction.
func (s *Sort) Column(descending bool) string {
	if descending {
		return s.Descending
	}
	return s.Ascending
}

// Key is a value to sort by: Text for sorts of that kind, else Number.
type Key struct {
	Text   string
	Number int64
}

func (k Key) compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Text, other.Text), cmp.Compare(k.Number, other.Number))
}

// Order is a sort in one direction.
type Order struct {
	Sort       *Sort
	Descending bool
}

// String returns the order as in the sort parameter: "added", "-year".
func (o Order) String() string {
	if o.Descending {
		return "-" + o.Sort.Name
	}
	return o.Sort.Name
}

// Compare orders two documents of one noun; it is zero only for the same id.
func (o Order) Compare(a, b *Document) int {
	c := o.Sort.Key(a, o.Descending).compare(o.Sort.Key(b, o.Descending))
	if c == 0 {
		c = a.Noun.CompareIDs(a.ID, b.ID)
	}
	if o.Descending {
		return -c
	}
	return c
}

// CompareIDs orders two valid ids of the noun: numbers by their value, slugs
// byte by byte.
func (n *Noun) CompareIDs(a, b string) int {
	if !n.Slug && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

// byLabel sorts by the Unicode collation of the noun's label.
func byLabel(name string) Sort {
	return Sort{Name: name, Ascending: "sort_key", Descending: "sort_key", Kind: Text,
		Key: func(d *Document, _ bool) Key {
			return Key{Text: textform.SortKey(d.Label())}
		},
		Doc: "Unicode collation order of the " + name}
}

// byID sorts by an id that is a slug, byte by byte.
func byID() Sort {
	return Sort{Name: "id", Ascending: "sort_key", Descending: "sort_key", Kind: Text,
		Key: func(d *Document, _ bool) Key { return Key{Text: d.ID} },
		Doc: "id, byte by byte"}
}

// byClock sorts by a time that the server sets.
func byClock(name string) Sort {
	return Sort{Name: name, Ascending: name, Descending: name, Kind: Timestamp,
		Key: func(d *Document, _ bool) Key {
			t, _ := d.Fields[name].(time.Time)
			return Key{Number: t.Unix()}
		},
		Doc: "time the object was " + name}
}

// byNumber sorts parts by their number in the parent.
func byNumber() Sort {
	return Sort{Name: "number", Ascending: "number", Descending: "number", Kind: Integer,
		Key: func(d *Document, _ bool) Key {
			n, _ := d.Fields["number"].(int64)
			return Key{Number: n}
		},
		Doc: "number within the parent"}
}

// noYear is the ascending key of an object without a release year. The descending key is
// its negative. The migrations have the same number.
const noYear = math.MaxInt32

// byYear sorts by release year, then month. The key is the year times 16 plus the month. A
// missing month is 13 in ascending and 0 in descending order, so it is last in both.
func byYear() Sort {
	return Sort{Name: "year", Ascending: "year_ascending", Descending: "year_descending", Kind: Integer,
		Key: func(d *Document, descending bool) Key { return Key{Number: yearKey(d, descending)} },
		Doc: "release year, then month; unknown ones last"}
}

func yearKey(d *Document, descending bool) int64 {
	year, known := d.Fields["release_year"].(int64)
	month, _ := d.Fields["release_month"].(int64)
	switch {
	case !known && descending:
		return -noYear
	case !known:
		return noYear
	case month == 0 && !descending:
		month = 13
	}
	return year*16 + month
}
