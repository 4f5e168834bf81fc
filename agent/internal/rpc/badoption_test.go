//go:build linux

package rpc_test

// badOptionRows are malformed requests about options.
func badOptionRows() []badRow {
	return nil
}
