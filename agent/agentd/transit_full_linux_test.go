//go:build full

package agentd

import "testing"

// Likewise at the bound that agents have by default.
func TestUploadsAtTheDefaultBound(t *testing.T) { uploadInVain(t, defaultTransit) }
