//go:build linux

package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// datagramRun is how many datagrams are sent, and how often each of the two
// control connections is cut meanwhile.
func datagramRun() (datagrams, cuts int) {
	switch {
	case full:
		return 60_000, 100
	case testing.Short():
		return 2_000, 6
	}
	return 6_000, 10
}

const (
	datagramHead  = 1 + 8 // what nft looks at, and the number
	datagramMost  = 1400
	datagramLeast = 200
)

// TestFaultDatagrams sends datagrams from one host to another by two resumable
// PacketConns, while both control connections are cut, nft refuses some at the
// sender and drops some at the receiver, and a slow reader makes the kernel drop
// more. Every datagram that sendto accepted is accounted for, exactly.
func TestFaultDatagrams(t *testing.T) {
	t.Parallel()
	random, count := faultRandom(t), countFaults(t, "datagrams: cuts, nft, no room")
	l := newHosts(t)
	for _, h := range []*host{l.a, l.b} {
		h.agentProcess = startAgent(t, h.namespace, "")
		must(t, datagramRules, "ip", "netns", "exec", h.namespace, "nft", "-f", "-")
	}
	knowEachOther(t, l.a, l.b)
	n, cuts := datagramRun()
	// What is cut off is sent again; most of what is sent is not received.
	gap := int64(n) * (datagramMost + datagramLeast) / 2 * 12 / 10 / int64(cuts)
	from := newCutPacketConn(t, l.b, proxyPlan{Network: "tcp", Listen: "127.0.0.1:0", Seed: random.Uint64(), Cuts: cuts, Gap: gap}, "10.77.0.2:0")
	// Small, so that the kernel has to drop.
	to := newCutPacketConn(t, l.a, proxyPlan{Seed: random.Uint64(), Cuts: cuts, Gap: gap / 6}, "10.77.0.1:8200",
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReceiveBuffer{ReceiveBuffer: 16 << 10}})
	before := l.figures(t)

	d := &datagramTraffic{seed: random.Uint64(), got: make([]atomic.Int32, n), half: make(chan struct{})}
	var reader sync.WaitGroup
	reader.Go(func() { d.receive(to.conn) })
	d.send(t, from.conn)
	// All that is there has been read, by the agent and from it.
	eventually(t, func() error {
		s := get(t, to.direct, to.name)
		if s.GetReceiveQueue() != 0 || s.GetReadOffset() != d.delivered.Load() || s.GetHeldBytes() != 0 {
			return fmt.Errorf("delivered %d; %v", d.delivered.Load(), s)
		}
		return nil
	})
	if err := to.conn.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	reader.Wait()
	if d.bad != nil {
		t.Error(d.bad)
	}
	f, noRoom := l.figures(t).minus(before), get(t, to.direct, to.name).GetKernelDrops()
	d.judge(t, f, noRoom)
	if s := get(t, from.direct, from.name); s.GetSendOffset() != int64(n) {
		t.Errorf("the agent's account of %d datagrams: %v", n, s)
	}
	fromCuts, toCuts := from.proxy.tally(t, 1), to.proxy.tally(t, 1)
	count.faults.Add(int64(fromCuts.cuts+toCuts.cuts) + f.refused + f.dropped + noRoom)
	count.moved.Add(d.bytes.Load())
	count.lost.Add(d.missing(f, noRoom))
	count.repeated.Add(d.again.Load())
	count.says("%d cuts, %d by nft, %d no room", fromCuts.cuts+toCuts.cuts, f.refused+f.dropped, noRoom)
	t.Logf("sender: %v", fromCuts)
	t.Logf("receiver: %v", toCuts)
}

// cutPacketConn is a PacketConn on a host whose control connection is cut.
type cutPacketConn struct {
	conn   *farsock.PacketConn
	name   string          // the socket's resource name
	direct *farsock.Client // straight to its agent
	proxy  *runningProxy
}

func newCutPacketConn(t testing.TB, h *host, plan proxyPlan, address string, options ...*farsockv1.SocketOption) cutPacketConn {
	t.Helper()
	c := cutPacketConn{direct: connectTo(t, h.endpoint())}
	held := lease(t, c.direct)
	c.proxy = startProxy(t, h.agentProcess, "", plan)
	s, err := connectBy(t, c.proxy.from("")).JoinSession(t.Context(), held.Name())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&farsock.ListenConfig{Session: s, Options: options}).ListenPacket(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.conn, c.name = conn, wire.SocketUID(conn.Socket().GetUid())
	return c
}

// datagramTraffic is what goes from one to the other.
type datagramTraffic struct {
	seed uint64         // immutable: of the datagrams' contents
	got  []atomic.Int32 // how often each number came
	half chan struct{}  // closed when half of them have been sent; the reader is slow until then

	next, accepted, refused, nftGets atomic.Int64
	delivered, bytes, again          atomic.Int64
	bad                              error // the reader's, after it ended
}

// make fills b with what the datagram of a number is.
func (d *datagramTraffic) make(b []byte, number int64) []byte {
	random := rand.New(rand.NewPCG(d.seed, uint64(number)))
	b = b[:datagramLeast+random.IntN(datagramMost-datagramLeast)]
	b[0] = byte(random.Uint32())
	binary.BigEndian.PutUint64(b[1:], uint64(number))
	for i := datagramHead; i < len(b); i++ {
		b[i] = byte(int64(i) * (number + 1))
	}
	return b
}

// send sends all of them, a few at once, and counts what the kernel said.
func (d *datagramTraffic) send(t testing.TB, from *farsock.PacketConn) {
	t.Helper()
	to := &net.UDPAddr{IP: net.IPv4(10, 77, 0, 1), Port: 8200}
	if err := from.SetWriteDeadline(time.Now().Add(cutPatience)); err != nil {
		t.Fatal(err)
	}
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			buf := make([]byte, datagramMost)
			for number := d.next.Add(1) - 1; number < int64(len(d.got)); number = d.next.Add(1) - 1 {
				if number == int64(len(d.got))/2 {
					close(d.half)
				}
				b := d.make(buf, number)
				_, err := from.WriteTo(b, to)
				switch refused := errors.Is(err, syscall.EPERM); {
				case refused != nftRefuses(b[0]) || err != nil && !refused:
					t.Errorf("datagram %d, first byte %d: %v", number, b[0], err)
				case refused:
					d.refused.Add(1)
				case nftDrops(b[0]):
					d.nftGets.Add(1)
					d.accepted.Add(1)
				default:
					d.accepted.Add(1)
				}
			}
		})
	}
	senders.Wait()
}

// receive takes them until its deadline passes.
func (d *datagramTraffic) receive(to *farsock.PacketConn) {
	<-d.half
	buf, want := make([]byte, 64<<10), make([]byte, datagramMost)
	for {
		n, from, err := to.ReadFrom(buf)
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				d.bad = err
			}
			return
		}
		d.delivered.Add(1)
		d.bytes.Add(int64(n))
		number := int64(-1)
		if n >= datagramHead {
			number = int64(binary.BigEndian.Uint64(buf[1:]))
		}
		switch {
		case number < 0 || number >= int64(len(d.got)) || string(d.make(want, number)) != string(buf[:n]):
			d.bad = fmt.Errorf("%d bytes from %v, which nobody sent", n, from)
		case nftRefuses(buf[0]) || nftDrops(buf[0]):
			d.bad = fmt.Errorf("datagram %d came, which nft had dropped", number)
		case d.got[number].Add(1) > 1:
			d.again.Add(int64(n))
		}
	}
}

// missing is how many accepted datagrams nobody accounts for.
func (d *datagramTraffic) missing(f netFigures, noRoom int64) int64 {
	return max(0, d.accepted.Load()-d.delivered.Load()-noRoom-f.dropped-f.linkDrops)
}

// judge fails the test unless the sums agree, the kernels' own among them.
func (d *datagramTraffic) judge(t testing.TB, f netFigures, noRoom int64) {
	t.Helper()
	t.Logf("accepted %d = delivered %d + no room (SO_MEMINFO) %d + nft %d + links %d (softnet_stat of this machine: +%d); refused by nft %d",
		d.accepted.Load(), d.delivered.Load(), noRoom, f.dropped, f.linkDrops, f.backlogs, f.refused)
	for _, sum := range []struct {
		what      string
		got, want int64
	}{
		{"delivered and dropped, of the accepted", d.delivered.Load() + noRoom + f.dropped + f.linkDrops, d.accepted.Load()},
		{"accepted and refused, of all", d.accepted.Load() + d.refused.Load(), int64(len(d.got))},
		{"the sender's OutDatagrams", f.out, d.accepted.Load()},
		{"nft's refusals at the sender", f.refused, d.refused.Load()},
		{"the receiver's InDatagrams", f.in, d.delivered.Load()},
		{"the receiver's RcvbufErrors", f.full, noRoom},
		{"the receiver's InErrors", f.errors, noRoom},
	} {
		if sum.got != sum.want {
			t.Errorf("%s: %d, want %d", sum.what, sum.got, sum.want)
		}
	}
	if f.linkDrops == 0 && f.dropped != d.nftGets.Load() {
		t.Errorf("nft dropped %d at the receiver, its rule has %d of the accepted", f.dropped, d.nftGets.Load())
	}
	if noRoom == 0 || f.dropped == 0 || f.refused == 0 {
		t.Error("one kind of loss did not happen")
	}
}
