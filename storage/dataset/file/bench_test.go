package file

import (
	"sync/atomic"
	"testing"

	"marquee/deploy/devstack"
)

func BenchmarkArray(b *testing.B) {
	var read atomic.Int64
	files, err := Open([]string{devstack.Data(b, "wikipedia", "movies-1990s.json.gz")}, nil, &read)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = files[0].Close() }()
	b.ReportAllocs()
	for b.Loop() {
		if err := Each(files[0], NewArray, func(Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
