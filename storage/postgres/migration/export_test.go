package migration

// Internals for tests.
var (
	NewProvider = newProvider
	Latest      = latest
)

// FirstRuled is firstRuled.
const FirstRuled = firstRuled
