//go:build linux

package e2e

import (
	"strconv"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestTimestamps: the times at which a host's kernel got its datagrams are in
// their order, and lie between the first send and the last one's return.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const datagrams = 40
	for _, row := range []struct{ network, address string }{{"udp", "10.77.0.1:8150"}, {"udp6", "[fd77::1]:8150"}} {
		at, from := "at-"+row.network, "from-"+row.network
		l.user.ctl(t, "--agent", "a", "bind", row.network, row.address, "--option", "timestamps=1", "--as", at).want(t, 0)
		l.user.ctl(t, "--agent", "b", "dial", row.network, row.address, "--as", from).want(t, 0)
		begin := time.Now()
		l.user.ctl(t, "--agent", "b", "send", from, "tick", "--times", strconv.Itoa(datagrams)).want(t, 0)
		end := time.Now()
		got := answer(t, l.user.ctl(t, "--agent", "a", "-o", "json", "recv", at, "--datagrams", "64").want(t, 0), &farsockv1.ReceiveResponse{})
		if n := len(got.GetDatagrams()); n != datagrams {
			t.Fatalf("%s: %d datagrams, want %d", row.network, n, datagrams)
		}
		last := begin
		for i, d := range got.GetDatagrams() {
			if d.GetReceiveTime() == nil {
				t.Fatalf("%s: datagram %d has no time", row.network, i)
			}
			now := d.GetReceiveTime().AsTime()
			if now.Before(last) || now.After(end) {
				t.Errorf("%s: datagram %d came at %v, the one before at %v, all were sent by %v", row.network, i, now, last, end)
			}
			last = now
		}
		t.Logf("%s: %d datagrams within %v, in order", row.network, datagrams, last.Sub(got.GetDatagrams()[0].GetReceiveTime().AsTime()))
	}
}
