package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// What every RPC pays for its session.
func BenchmarkEnter(b *testing.B) {
	tab := newTable(b, nil)
	create(b, tab, me, "a", time.Hour)
	e := install(b, enter(b, tab, me, byID("a")).Session, "web")
	ref := session.Ref{SocketUID: e.UID()}
	for b.Loop() {
		c, err := tab.Enter(context.Background(), me, ref)
		if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
}
