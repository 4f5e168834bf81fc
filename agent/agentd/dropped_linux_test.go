package agentd

import (
	"context"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"

	"google.golang.org/grpc/mem"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Streams that a client cancels with data on the way leave nothing on its
// account while its connection goes on.
func TestCancelledStreamsLeaveNothingInTransit(t *testing.T) { cancelStreams(t, 2000) }

// cancelStreams cancels n streams of one connection, 20 at a time.
func cancelStreams(t *testing.T, n int) {
	const atOnce = 20
	a := embedded(t, Config{})
	c := dial(t, pathOf(a))
	_, listening, addr := c.listener(t)
	var all sync.WaitGroup
	ended := make(chan error, atOnce)
	for range atOnce {
		peer, err := net.Dial("tcp", addr)
		must(t, err)
		t.Cleanup(func() { peer.Close() })
		accepted, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening})
		must(t, err)
		go func() { _, _ = peer.Write(make([]byte, 200_000)) }() // ends with peer
		all.Go(func() {
			for epoch := range n / atOnce {
				if err := c.attachAndCancel(t.Context(), accepted.GetSocket().GetUid(), int64(epoch)+1); err != nil {
					ended <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(ended)
	must(t, <-ended) // nil: none has failed
	until(t, "all of it came back", func() bool {
		runtime.GC()                            // more than once: gRPC's pools point at what they had
		n := c.inUse(t, wire.LimitTransitBytes) // on the same connection, which stands
		return n >= -16 && n <= 16
	})
}

// attachAndCancel takes up a socket's Stream, and cancels it when it begins to
// come.
func (c *client) attachAndCancel(ctx context.Context, uid string, epoch int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.sockets.Stream(ctx)
	if err != nil {
		return err
	}
	err = stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{
		Socket: "sockets/" + uid, Holder: "h", Epoch: epoch, Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
	}}})
	if err != nil && err != io.EOF { // of a stream that has ended Recv says why
		return err
	}
	_, err = stream.Recv()
	return err
}

// What gRPC drops without a word is on the account until the collector has it,
// what it writes until then; neither is given back twice.
func TestDroppedAnswersComeBackOnce(t *testing.T) {
	big := func() *farsockv1.ReceiveResponse { return &farsockv1.ReceiveResponse{Data: make([]byte, 100_000)} }
	for _, way := range []struct {
		name string
		lost bool // gRPC drops the bytes rather than let go of them
		tell func(t *testing.T, c codec, a *answer) mem.BufferSlice
	}{
		{"of a unary call, lost", true, toldBefore},
		{"of a unary call, written", false, toldBefore},
		{"of a stream, lost", true, toldAfter},
		{"of a stream, written", false, toldAfter},
	} {
		t.Run(way.name, func(t *testing.T) {
			conns := newConnections(Limits{TransitBytes: mib}, nil)
			account := newTransit(conns)
			collected := make(chan struct{})
			func() {
				bytes := way.tell(t, newCodec(), &answer{Message: big(), to: account})
				if got := account.size(); got < 100_000 || conns.transit.Load() != got {
					t.Errorf("%d bytes on the account, %d on all", got, conns.transit.Load())
				}
				runtime.GC()
				if got := account.size(); got < 100_000 {
					t.Errorf("%d bytes on the account while the buffer lives", got)
				}
				if !way.lost {
					bytes.Free()
					if got := account.size(); got != 0 {
						t.Errorf("%d bytes on the account once they are written", got)
					}
				}
				// Queued behind the answer's own clean-up, if that has one.
				runtime.AddCleanup(new(*int), func(c chan struct{}) { close(c) }, collected)
				runtime.KeepAlive(bytes)
			}()
			until(t, "the collector has been", func() bool {
				runtime.GC()
				select {
				case <-collected:
					return account.size() == 0 && conns.transit.Load() == 0
				default:
					return false
				}
			})
		})
	}
}

// toldBefore is what happens to a unary call's answer, toldAfter to a Stream's.
func toldBefore(t *testing.T, c codec, a *answer) mem.BufferSlice {
	dropped(a)
	bytes, err := c.Marshal(a)
	must(t, err)
	return bytes
}

func toldAfter(t *testing.T, c codec, a *answer) mem.BufferSlice {
	bytes, err := c.Marshal(a)
	must(t, err)
	dropped(a)
	return bytes
}
