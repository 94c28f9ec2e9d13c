package cache

import "context"

// Admitted reports whether the cache makes the request that the origin's handler
// answers: either Admit has let it pass, or it replaces a response behind
// requests that were answered already.
func Admitted(ctx context.Context) bool {
	_, ours := ctx.Value(descriptionKey{}).(*described)
	return ours
}
