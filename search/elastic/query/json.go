package query

import (
	"bytes"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON is a part of a request that is being written. A comma follows every value; the
// next closing bracket replaces it.
type JSON []byte

// Open appends the beginning of a value: brackets and names.
func (j JSON) Open(parts ...string) JSON {
	for _, p := range parts {
		j = append(j, p...)
	}
	return j
}

// Close appends closing brackets.
func (j JSON) Close(brackets string) JSON {
	return append(append(j.cut(), brackets...), ',')
}

// cut removes the comma after the last value.
func (j JSON) cut() JSON { return bytes.TrimSuffix(j, []byte{','}) }

// Text appends a string. Invalid UTF-8 becomes U+FFFD.
func (j JSON) Text(s string) JSON {
	j, _ = jsontext.AppendQuote(j, s) // its error only reports invalid UTF-8
	return append(j, ',')
}

// Texts appends an array of strings.
func (j JSON) Texts(values []string) JSON {
	j = append(j, '[')
	for _, v := range values {
		j = j.Text(v)
	}
	return j.Close("]")
}

// Int appends an integer.
func (j JSON) Int(n int64) JSON { return append(strconv.AppendInt(j, n, 10), ',') }

// Float appends a number.
func (j JSON) Float(f float64) JSON { return append(strconv.AppendFloat(j, f, 'g', -1, 64), ',') }

// Value appends JSON that is complete, or a list of values with commas.
func (j JSON) Value(raw []byte) JSON {
	if raw = JSON(raw).cut(); len(raw) == 0 {
		return j
	}
	return append(append(j, raw...), ',')
}

// Complete returns the value without a comma after it.
func (j JSON) Complete() jsontext.Value { return jsontext.Value(j.cut()) }

// Body reads the value.
func (j JSON) Body() io.Reader { return bytes.NewReader(j.cut()) }

// Term appends the clause of the objects whose field has a value.
func (j JSON) Term(field, value string) JSON {
	return j.Open(`{"term":{"`, field, `":`).Text(value).Close("}}")
}

// Terms appends the clause of the objects whose field has one of the values.
func (j JSON) Terms(field string, values []string) JSON {
	if len(values) == 1 {
		return j.Term(field, values[0])
	}
	return j.Open(`{"terms":{"`, field, `":`).Texts(values).Close("}}")
}

// IDs returns the clause of the objects with keys.
func IDs(keys []string) JSON {
	return JSON(nil).Open(`{"ids":{"values":`).Texts(keys).Close("}}")
}

// Filtered returns the clause of the objects that satisfy all filters.
func Filtered(filters JSON) JSON {
	return JSON(nil).Open(`{"bool":{"filter":[`).Value(filters).Close("]}}")
}
