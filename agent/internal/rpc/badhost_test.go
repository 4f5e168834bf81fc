//go:build linux

package rpc_test

// badHostRows are malformed requests about namespaces, unix names and waiting for states.
func badHostRows() []badRow {
	return nil
}
