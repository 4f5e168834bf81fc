package wire

import (
	"fmt"
	"strings"
)

// CheckNamespace says what is wrong with a network namespace as Open, Resolve
// and GetAgent take it; "" for nothing. It is a name of /run/netns, an absolute
// path, or empty for the agent's own.
func CheckNamespace(s string) string {
	switch {
	case strings.ContainsRune(s, 0):
		return "must not contain NUL"
	case strings.HasPrefix(s, "/"):
		if len(s) > MaxPathBytes {
			return fmt.Sprintf("must be at most %d bytes, is %d", MaxPathBytes, len(s))
		}
	case strings.Contains(s, "/"):
		return "must be a name without '/' or an absolute path"
	case len(s) > MaxFileNameBytes:
		return fmt.Sprintf("must be at most %d bytes, is %d", MaxFileNameBytes, len(s))
	}
	return ""
}
