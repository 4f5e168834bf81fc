//go:build linux

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// TestShowAgreesWithSS: what `ctl show` says of a socket is what ss(8), which
// asks the kernel another way, says in the same namespace.
func TestShowAgreesWithSS(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctl := func(agent string, args ...string) result {
		return l.user.ctl(t, append([]string{"--agent", agent}, args...)...).want(t, 0)
	}
	show := func(agent, name string) *farsockv1.Socket { return end{l, agent, name}.show(t) }

	ctl("a", "listen", "tcp", "10.77.0.1:8080", "--backlog", "5", "--as", "web").says(t, "backlog 5")
	row := l.a.row(t, "-ltn", "10.77.0.1:8080")
	if got := show("a", "web").GetBacklog(); got != 5 || row.sendQ != "5" {
		t.Errorf("backlog: show says %d, ss %s, want 5", got, row.sendQ)
	}
	t.Logf("listen --backlog 5: show says %d, ss -ltn %s", show("a", "web").GetBacklog(), row.sendQ)

	ctl("b", "dial", "tcp", "10.77.0.1:8080", "--as", "one")
	ctl("b", "dial", "tcp", "10.77.0.1:8080", "--as", "two")
	eventually(t, func() error { // the last ACK of the handshake may be on its way
		got, row := show("a", "web").GetAcceptQueue(), l.a.row(t, "-ltn", "10.77.0.1:8080")
		if got != 2 || row.recvQ != "2" {
			return fmt.Errorf("waiting to be accepted: show says %d, ss %s, want 2", got, row.recvQ)
		}
		return nil
	})

	// Unread bytes on one side, unacknowledged ones on the other.
	ctl("a", "accept", "web", "--as", "c1")
	c1 := show("a", "c1")
	from := wire.FormatAddress(c1.GetPeer())
	ctl("b", "send", "one", strings.Repeat("x", 1000))
	eventually(t, func() error {
		got, row := show("a", "c1").GetReceiveQueue(), l.a.row(t, "-tn", from)
		if got != 1000 || row.recvQ != "1000" {
			return fmt.Errorf("unread: show says %d, ss %s, want 1000", got, row.recvQ)
		}
		return nil
	})
	l.user.ctlInput(t, strings.Repeat("y", 16<<20), "--agent", "b", "send", "one", "--wait", "1s").want(t, 5)
	eventually(t, func() error {
		one, there := show("b", "one"), show("a", "c1")
		sender, receiver := l.b.row(t, "-tn", from), l.a.row(t, "-tn", from)
		show := fmt.Sprint(one.GetSendQueue(), there.GetReceiveQueue())
		if ss := sender.sendQ + " " + receiver.recvQ; show != ss || one.GetSendQueue() == 0 {
			return fmt.Errorf("queues: show says %s, ss %s", show, ss)
		}
		if sum := one.GetSendQueue() + there.GetReceiveQueue(); sum != one.GetSendOffset() {
			return fmt.Errorf("%d bytes applied, %d in both queues", one.GetSendOffset(), sum)
		}
		t.Logf("a stuck sender: send and receive queue: show says %s, ss %s", show, sender.sendQ+" "+receiver.recvQ)
		return nil
	})
	if got := c1.GetTcpState(); got != "ESTABLISHED" {
		t.Errorf("state %q", got)
	}
	ctl("b", "close", "one", "--abort")

	// A datagram socket: the kernel counts those it drops for want of room.
	ctl("a", "bind", "udp", "10.77.0.1:9000", "--option", "receive-buffer=2304", "--as", "small")
	ctl("b", "dial", "udp", "10.77.0.1:9000", "--as", "flood")
	for range 20 {
		ctl("b", "send", "flood", strings.Repeat("z", 1000))
	}
	dropped := show("a", "small").GetKernelDrops()
	if want := l.a.drops(t, "10.77.0.1:9000"); dropped == 0 || strconv.FormatInt(dropped, 10) != want {
		t.Errorf("dropped: show says %d, ss %q", dropped, want)
	}
	t.Logf("20 datagrams into a small buffer: show says %d dropped, ss %s", dropped, l.a.drops(t, "10.77.0.1:9000"))
}

// row is the one socket that ss lists with this address on either end.
func (h *host) row(t testing.TB, flags, address string) listed {
	t.Helper()
	var found []listed
	for _, r := range h.ss(t, flags) {
		if r.local == address || r.peer == address {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("ss %s: %d rows with %s", flags, len(found), address)
	}
	return found[0]
}

// drops is the d of ss's skmem for the datagram socket bound to address.
func (h *host) drops(t testing.TB, address string) string {
	t.Helper()
	out := h.tool(t, "ss", "-H", "-n", "-u", "-a", "-m", "src", address)
	_, after, ok := strings.Cut(out, ",d")
	digits, _, closed := strings.Cut(after, ")")
	if !ok || !closed {
		t.Fatalf("no drops in %q", out)
	}
	return digits
}
