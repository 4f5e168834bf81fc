package agentd

import "fmt"

// magicLine is what `agent stdio` prints before the first byte of gRPC, so that
// a client can tell an agent from a shell that greets.
func magicLine(version, incarnation string) string {
	return fmt.Sprintf("FARSOCK-STDIO 1 %s %s\n", version, incarnation)
}
