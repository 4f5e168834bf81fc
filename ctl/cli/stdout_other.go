//go:build !unix

package cli

// stdoutWasClosed is for systems where writes to a stdout that is not there fail.
func stdoutWasClosed() bool { return false }
