//go:build linux

package rpc_test

// badMessageRows are malformed requests about what Send, Receive and Stream carry beside bytes.
func badMessageRows() []badRow {
	return nil
}
