package openapi

// Version is the version of the document, its info.version. Every change of the
// document needs a new version. The first two numbers are the version of the API,
// the last one counts the changes of the document.
//
// To change the document, raise Version, write in note what changes for clients, and
// run
//
//	go test ./api/openapi -update
//
// This rewrites openapi.golden.json and adds a line to versions.txt. The tests check
// that a version has only one content. Before a version is released, its line may be
// deleted and made again.
const Version = "2.2.0"

// note says in one line what Version changed.
const note = "discovery: more filters, facets, highlights, suggestions, synonyms, writes in bulk, the change log as a stream"
