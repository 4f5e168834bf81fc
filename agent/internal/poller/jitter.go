//go:build linux && !jitter

package poller

func jitter() {}
