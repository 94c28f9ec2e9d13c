package openapi

// Note is the note of the current version.
const Note = note
