package setting

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// sizeValue is the value of a flag for a number of bytes: 268435456, or 256MiB.
type sizeValue int64

// SizeVar declares a flag for a number of bytes.
func SizeVar(f *pflag.FlagSet, p *int64, name string, value int64, usage string) {
	*p = value
	f.Var((*sizeValue)(p), name, usage)
}

// units are powers of 1024, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

var errSize = errors.New("must be a whole number of bytes, or of KiB, MiB, GiB or TiB, such as 256MiB")

// Set parses a size.
func (s *sizeValue) Set(text string) error {
	factor := int64(1)
	for _, u := range units {
		if digits, found := strings.CutSuffix(text, u.name); found {
			text, factor = digits, u.bytes
			break
		}
	}
	n, err := strconv.ParseUint(text, 10, 63) // accepts no sign
	if err != nil || int64(n) > math.MaxInt64/factor {
		return errSize
	}
	*s = sizeValue(int64(n) * factor)
	return nil
}

// String formats the size in the largest unit that divides it.
func (s *sizeValue) String() string {
	for _, u := range units {
		if n := int64(*s); n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type returns the name of the type, for help texts.
func (s *sizeValue) Type() string { return "size" }
