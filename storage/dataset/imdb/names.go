package imdb

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// idNumber returns the number in an id such as nm0000001.
func idNumber(id, prefix string) (uint32, bool) {
	digits, ok := strings.CutPrefix(id, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && digits[0] != '+'
}

// names holds the names of all persons by the numbers in their ids: one block of text,
// and the offset of each name in it. Two bytes before a name hold its length in bytes.
type names struct {
	at   map[uint32]uint32
	text []byte
}

// add adds a name, unless the person has one already.
func (n *names) add(id uint32, name string) error {
	if len(n.text) > math.MaxUint32-math.MaxUint16-2 {
		return errors.New("name.basics has more than 4 GiB of names")
	}
	if n.at == nil {
		n.at = map[uint32]uint32{}
	}
	if _, twice := n.at[id]; twice {
		return nil
	}
	n.at[id] = uint32(len(n.text))
	n.text = append(n.text, byte(len(name)>>8), byte(len(name)))
	n.text = append(n.text, name...)
	return nil
}

// get returns the name of a person, "" when there is none.
func (n *names) get(id uint32) string {
	at, ok := n.at[id]
	if !ok {
		return ""
	}
	length := uint32(n.text[at])<<8 | uint32(n.text[at+1])
	return string(n.text[at+2 : at+2+length])
}
