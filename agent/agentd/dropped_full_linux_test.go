//go:build full

package agentd

import "testing"

// Likewise with many.
func TestManyCancelledStreamsLeaveNothingInTransit(t *testing.T) { cancelStreams(t, 20_000) }
