package dataset

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"marquee/storage"
)

func TestReportTmp(t *testing.T) {
	spec := os.Getenv("DS")
	if spec == "" {
		t.Skip()
	}
	f := strings.Fields(spec)
	s, err := Open(f[0], f[1:])
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	taken := map[string]int{}
	refused := map[string]int{}
	mended := map[string]int{}
	start := time.Now()
	n := 0
	show := os.Getenv("SHOW")
	for in, err := range s.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if in.Refused != "" {
			r := in.Refused
			if i := strings.Index(r, ": "); i > 0 && f[0] == "wikipedia" {
				r = r[:i]
			}
			refused[in.Noun.Name+": "+r]++
			if show != "" && strings.Contains(in.Refused, show) {
				fmt.Println(in.Place(), in.Refused)
			}
			continue
		}
		taken[in.Noun.Name]++
		for _, m := range in.Mended {
			mended[m]++
			if show != "" && strings.Contains(m, show) {
				fmt.Println(in.Place(), in.Key, m, in.Edit.Values["title"], in.Edit.Values["starring"])
			}
		}
		if os.Getenv("DUMP") != "" && n < 5 {
			d, faults := in.Edit.Apply(storage.NewDocument(in.Noun), true)
			fmt.Println(in.Place(), in.Key, in.ParentKey, d.Fields, faults)
		}
	}
	fmt.Println(time.Since(start), n, float64(n)/time.Since(start).Seconds())
	for name, m := range map[string]map[string]int{"TAKEN": taken, "REFUSED": refused, "MENDED": mended} {
		fmt.Println(name)
		for _, k := range storage.ByCount(m) {
			fmt.Println("  ", m[k], k)
		}
	}
	fmt.Println(s.Progress())
}
