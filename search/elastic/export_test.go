package elastic

import "context"

// LosePITs closes the points in time that the client believes to be open.
func LosePITs(ctx context.Context, c *Client) {
	for _, w := range c.windows.byName {
		c.closePIT(ctx, w.pit)
	}
}
