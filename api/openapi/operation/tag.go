package operation

import "marquee/storage"

// The tags of operations that belong to no noun.
const (
	changesTag = "changes"
	healthTag  = "health"
	grantsTag  = "apps and tokens"
	// OAuthTag is the tag of the steps by which an app gets a token.
	OAuthTag = "giving access"
	// methodsTag keeps what follows from the other operations out of their way.
	methodsTag = "head and options"
)

// Tag is a tag of operations.
type Tag struct{ Name, Description string }

// Tags returns the tags in the order of the document: the nouns first.
func Tags() []Tag {
	var all []Tag
	for _, n := range storage.Nouns {
		all = append(all, Tag{n.Plural, n.Doc})
	}
	return append(all,
		Tag{changesTag, "The log of what was written, for consumers that follow the catalogue."},
		Tag{grantsTag, "Who may write, and with what. Admins manage it, and users end their own tokens; secrets are shown when they are made, and never again."},
		Tag{OAuthTag, "The three steps after which an app acts for a user (OAuth 1.0a, RFC 5849, section 2)."},
		Tag{healthTag, "Whether the server runs and can answer."},
		Tag{methodsTag, "HEAD, which is GET without the body, and OPTIONS, which tells the methods of a path."},
	)
}
