package operation

import "marquee/storage"

// OAuthTag is the tag of the steps by which an app gets a token.
const OAuthTag = "giving access"

// The tags of the other operations that belong to no noun.
const (
	suggestTag = "suggestions"
	changesTag = "changes"
	bulkTag    = "bulk"
	healthTag  = "health"
	grantsTag  = "apps and tokens"
	methodsTag = "head and options" // apart, since they repeat the other operations
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
		Tag{bulkTag, "Many writes in one request: all of them, or none."},
		Tag{suggestTag, "Titles and names while somebody is typing."},
		Tag{changesTag, "The change log, for consumers that follow the catalogue."},
		Tag{grantsTag, "Apps and tokens that may write. Admins manage them, and users revoke their own tokens. Secrets are shown once, when they are made."},
		Tag{OAuthTag, "The three steps after which an app acts for a user (OAuth 1.0a, RFC 5849, section 2)."},
		Tag{healthTag, "Whether the server runs and can answer."},
		Tag{methodsTag, "HEAD, which is GET without the body, and OPTIONS, which lists the methods of a path."},
	)
}
