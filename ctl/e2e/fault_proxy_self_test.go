//go:build linux

package e2e

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestFaultProxySchedule: a seed replays its cuts, however the bytes come in
// pieces.
func TestFaultProxySchedule(t *testing.T) {
	random := faultRandom(t)
	plan := proxyPlan{Seed: random.Uint64(), Cuts: 30, Gap: 1000, PatienceEvery: 3}
	type made struct {
		kind cutKind
		at   int64
		hold holeLength
	}
	schedule := func(most int) (all []made) {
		p := newProxy(plan)
		for p.cuts < plan.Cuts {
			n := 1 + random.IntN(most)
			pass, cut, hold := p.take(n)
			if cut == nil && pass != n {
				t.Fatalf("%d bytes of %d may pass, and nothing is cut", pass, n)
			}
			if cut != nil {
				all = append(all, made{cut.Kind, cut.At, hold})
			}
		}
		return all
	}
	first := schedule(3000)
	if again := schedule(7); !slices.Equal(first, again) {
		t.Errorf("the same seed cut at %v, then at %v", first, again)
	}
	for i, cut := range first {
		before := int64(0)
		if i > 0 {
			before = first[i-1].at
		}
		if gap := cut.at - before; gap < plan.Gap/2 || gap > plan.Gap*3/2 || cut.kind != cutTurns[i%3] || cut.hold.untilGivenUp != (i%9 == 2) {
			t.Errorf("cut %d: %+v, %d bytes after the one before", i, cut, gap)
		}
	}
}

// TestFaultProxyTap: what is under way is counted whatever pieces the bytes come
// in, on each of two Stream RPCs, and nothing of another RPC is.
func TestFaultProxyTap(t *testing.T) {
	random := faultRandom(t)
	for range 200 {
		tap := newStreamTap()
		eat := func(way int, b []byte) {
			for len(b) > 0 {
				n := 1 + random.IntN(len(b))
				tap.eat(way, b[:n])
				b = b[n:]
			}
		}
		eat(fromClient, []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
		for stream := uint32(1); stream <= 3; stream += 2 {
			eat(fromClient, frames(random, stream, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{
				Attach: &farsockv1.Attach{Socket: "sockets/1", Holder: "h", Epoch: 1}}}))
			eat(fromAgent, frames(random, stream, &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Attached{
				Attached: &farsockv1.Attached{SendApplied: 100, ReceiveBegin: 50, ReceiveEnd: 60}}}))
			eat(fromClient, frames(random, stream, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{
				Data: &farsockv1.StreamSend{Offset: 100, Data: make([]byte, 70)}}}))
			eat(fromAgent, frames(random, stream, &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Applied{
				Applied: &farsockv1.Applied{Offset: 130}}}))
			eat(fromAgent, frames(random, stream, &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{
				Data: &farsockv1.StreamReceive{Offset: 50, Data: make([]byte, 40)}}}))
		}
		eat(fromClient, frames(random, 5, &farsockv1.SendRequest{Socket: "sockets/1", Data: make([]byte, 1000)}))
		// An ack that was read and not passed on confirms nothing, data that was is sent.
		rest := slices.Concat(
			frames(random, 1, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: 90}}}),
			frames(random, 3, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: &farsockv1.StreamSend{Offset: 170, Data: make([]byte, 5)}}}))
		if up, down := tap.underWay(fromClient, rest); up != 40+45 || down != 40+40 {
			t.Fatalf("%d bytes up and %d down are under way, want 85 and 80", up, down)
		}
		eat(fromAgent, []byte{0, 0, 0, 1, flagEnd, 0, 0, 0, 1}) // the first ends
		if up, down := tap.underWay(fromClient, nil); up != 45 || down != 40 {
			t.Fatalf("%d bytes up and %d down are under way then, want 45 and 40", up, down)
		}
	}
}

// frames is a message as gRPC writes it, in one or more DATA frames.
func frames(random *rand.Rand, stream uint32, m proto.Message) (all []byte) {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err) // every message of ours can be written
	}
	b = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b))), b...)
	for len(b) > 0 {
		n := 1 + random.IntN(len(b))
		all = append(binary.BigEndian.AppendUint32(all, uint32(n)<<8|frameData), 0)
		all = append(binary.BigEndian.AppendUint32(all, stream), b[:n]...)
		b = b[n:]
	}
	return all
}
