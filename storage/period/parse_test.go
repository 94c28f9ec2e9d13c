package period

import (
	"archive/zip"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// form returns a form. An every or a zone of "" is left out.
func form(from, to, every, zone string) Form {
	f := Form{From: from, To: to}
	if every != "" {
		f.Every = &every
	}
	if zone != "" {
		f.Zone = &zone
	}
	return f
}

// members returns the members of faults.
func members(faults []Fault) string {
	var names []string
	for _, f := range faults {
		names = append(names, f.Member)
	}
	return strings.Join(names, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form   Form
		faults string
	}{
		{form("2027-07-04T00-00", "2027-07-04T23-59", "", "America/New_York"), ""},
		{form("2027-07-04T00-00", "2027-07-04T00-00", "", ""), ""},
		{form("12-24T00-00", "01-06T23-59", "year", "Europe/Berlin"), ""},
		{form("02-29T00-00", "02-29T23-59", "year", "UTC"), ""},
		{form("2028-02-29T00-00", "2028-02-29T23-59", "", ""), ""},
		{form("0001-01-01T00-00", "9998-12-31T23-59", "", "Etc/GMT-14"), ""},
		{form("2027-02-29T00-00", "2027-03-01T23-59", "", ""), "from"},
		{form("02-30T00-00", "13-01T00-00", "year", ""), "from to"},
		{form("2027-07-04T00-01", "2027-07-04T00-00", "", ""), "to"},
		{form("07-04T00-00", "2027-07-04T00-00", "", ""), "from"},
		{form("07-04T00-00", "2027-07-04T00-00", "year", ""), "to"},
		{form("0000-12-31T00-00", "9999-01-01T00-00", "", ""), "from to"},
		{form("2027-07-04T24-00", "2027-07-04T00-60", "", ""), "from to"},
		{form("2027-07-04 00:00", " 2027-07-04T00-00", "", ""), "from to"},
		{form("2027-07-04T00-00-00", "2027-07-04T00-00Z", "", ""), "from to"},
		{form("", "２027-07-04T00-00", "", "Mars/Olympus"), "zone from to"},
		{form("x", "y", "month", "Local"), "zone every"},
		{form("x", "y", "Year", ""), "every"},
	} {
		if p, faults := Parse(c.form); members(faults) != c.faults || (faults == nil) != (p.zone != nil) {
			t.Errorf("%+v: got %+v, %+v, want faults of %q", c.form, p, faults, c.faults)
		}
	}
	empty := ""
	if _, faults := Parse(Form{From: "2027-07-04T00-00", To: "2027-07-04T00-00", Every: &empty, Zone: &empty}); members(faults) != "zone every" {
		t.Errorf("empty texts: got %+v, want faults of zone and every", faults)
	}
}

// Only names of the IANA database are zones.
func TestZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "Local", "local", "utc", "europe/berlin", "EUROPE/BERLIN", "Europe/Berlin ", "../../etc/passwd", "/etc/localtime", "Europe/../Asia/Tokyo", "Europe", "Europe/",
		"posixrules", "localtime", "Factory", "posix/UTC", "right/UTC", "zone.tab", "+01", "CEST", "Europe\\Berlin", "UTC\x00", "UTC\nGMT",
	} {
		if zone, ok := Zone(name); ok {
			t.Errorf("%q: got the zone %s, want none", name, zone)
		}
	}
	for name := range zones {
		if zone, ok := Zone(name); !ok || zone.String() != name {
			t.Errorf("%s: got %v, %v", name, zone, ok)
		}
	}
}

// The list of names has every zone that the Go distribution has.
func TestZonesAreComplete(t *testing.T) {
	t.Parallel()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no Go command:", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("no zones in the Go distribution:", err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		if name := f.Name; !strings.HasSuffix(name, "/") && name != "Factory" && !zones[name] {
			t.Errorf("zones.txt lacks %s", name)
		}
	}
	if names := strings.Fields(zoneList); !slices.IsSorted(names) || len(names) != len(zones) {
		t.Error("zones.txt is not sorted, or has a name twice")
	}
}

// Whatever texts a form has, each fault names a member and says what it must be.
func TestParseAnything(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(zones))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([0-9]{4}-)?[0-3][0-9]-[0-3][0-9]T[0-2][0-9]-[0-6][0-9]`))
		f := Form{From: text.Draw(t, "from"), To: text.Draw(t, "to")}
		f.Every = rapid.Ptr(rapid.OneOf(rapid.Just("year"), rapid.String()), true).Draw(t, "every")
		f.Zone = rapid.Ptr(rapid.OneOf(rapid.SampledFrom(names), rapid.String()), true).Draw(t, "zone")
		_, faults := Parse(f)
		for _, fault := range faults {
			if !strings.Contains("from to every zone", fault.Member) || !strings.HasPrefix(fault.Reason, "must ") || strings.ContainsFunc(fault.Reason, unicode.IsControl) {
				t.Fatalf("got the fault %+v", fault)
			}
		}
	})
}
