package openapi

// Version is the version of the document, its info.version. The document may
// only change together with it: the first two numbers are those of the API, the
// last counts the changes of the description.
//
// After a change, raise Version, say in note what a client sees of it, and run
//
//	go test ./api/openapi -update
//
// which rewrites openapi.golden.json and adds the line of the new version to
// versions.txt. The tests hold that each version stands for one content. A line
// of a version that was never released may be deleted and made anew.
const Version = "2.0.1"

// note says what Version changed, in one line.
const note = "texts in plain English; no path, parameter or form changed"
