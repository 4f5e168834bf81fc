//go:build linux

package e2e

import (
	"testing"
	"time"
)

// retry calls check until it returns nil, and returns its last error after
// limit.
func retry(limit time.Duration, check func() error) error {
	end := time.Now().Add(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil || time.Now().After(end) {
			return err
		}
		<-tick.C
	}
}

// eventually fails the test unless check returns nil within 20 s.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	if err := retry(20*time.Second, check); err != nil {
		t.Fatalf("not within 20 s: %v", err)
	}
}
