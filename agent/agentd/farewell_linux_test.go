package agentd

import (
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Whoever loses a connection to a limit is told so in each call that was under
// way, those that had no answer and those that had a part of it, and goes on with
// the next connection and the same sockets.
func TestEachCallIsToldWhyItsConnectionEnds(t *testing.T) {
	const size = mib
	path := filepath.Join(t.TempDir(), "a.sock")
	serving(t, path, "--max-transit-bytes", "16MiB")
	// Windows that do not grow, so that the answers stay with the agent.
	c := newClient(t, "unix://"+path, grpc.WithStaticStreamWindowSize(1<<16), grpc.WithStaticConnWindowSize(1<<24))
	table := c.who(t)
	_, listening, addr := c.listener(t)
	peer, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { peer.Close() })
	accepted, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening})
	must(t, err)
	go func() { _, _ = peer.Write(make([]byte, size)) }() // ends with peer
	whole := &farsockv1.ReceiveRequest{Socket: wire.SocketUID(accepted.GetSocket().GetUid()), Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
		Until: &farsockv1.ReceiveRequest_Exactly{Exactly: size}, MaxBytes: new(int32(size))}

	var waiting sync.WaitGroup
	defer waiting.Wait()
	waiting.Go(func() {
		_, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening, Wait: durationpb.New(patience)})
		exceeded(t, err, table, wire.LimitTransitBytes)
	})
	until(t, "it waits", func() bool { return c.inUse(t, wire.LimitCalls) == 2 })
	begin := func() grpc.ClientStream {
		s, err := c.NewStream(t.Context(), streaming, farsockv1.SocketService_Receive_FullMethodName)
		must(t, err)
		must(t, s.SendMsg(whole))
		must(t, s.CloseSend())
		return s
	}
	var begun []grpc.ClientStream
	for range 13 { // with what is counted twice for a moment
		s := begin()
		_, err := s.Header()
		must(t, err)
		begun = append(begun, s)
	}
	for range 5 { // too much; what is last may find the next connection
		begin()
	}
	waiting.Wait() // the connection is cut
	for _, s := range begun {
		err := s.RecvMsg(&farsockv1.ReceiveResponse{})
		if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "limit transit_bytes (16777216) reached") {
			t.Errorf("with a part of its answer: %v", err)
		}
	}
	resp, err := c.sockets.Receive(t.Context(), whole)
	if err != nil || len(resp.GetData()) != size {
		t.Errorf("afterwards: %v, %d bytes", err, len(resp.GetData()))
	}
}

// At the lowest bounds a client that is alone, with one call at a time, is not cut,
// whatever it sends and fetches.
func TestOneCallAtATimeIsNotCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--max-transit-bytes", "16MiB", "--max-held-bytes", "4MiB")
	c := newClient(t, "unix://"+path, grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(1<<30)))
	table := c.who(t)
	_, listening, addr := c.listener(t)
	peer, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { peer.Close() })
	accepted, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening})
	must(t, err)
	name := wire.SocketUID(accepted.GetSocket().GetUid())
	var echo sync.WaitGroup
	defer echo.Wait()
	defer peer.Close()
	echo.Go(func() { _, _ = io.Copy(peer, peer) }) // ends with peer
	for range 40 {
		resp, err := c.sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: name, Data: make([]byte, wire.MaxUnaryBytes)})
		if err != nil || resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
			t.Fatalf("%v %v", resp, err)
		}
		got, err := c.sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{Socket: name,
			Until: &farsockv1.ReceiveRequest_Exactly{Exactly: wire.MaxUnaryBytes}, MaxBytes: new(int32(wire.MaxUnaryBytes))})
		if err != nil || len(got.GetData()) != wire.MaxUnaryBytes {
			t.Fatalf("%v, %d bytes", err, len(got.GetData()))
		}
	}
	// Likewise what is far too long for a message, and is refused.
	for range 4 {
		_, err := c.sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: name, Data: make([]byte, wire.MaxMessageBytes)})
		exceeded(t, err, table, wire.LimitMessageBytes)
	}
	if strings.Contains(p.stderr.String(), "connection closed") {
		t.Error("it was cut")
	}
}

// Goodbye is said between frames: the one under way is written to its end, and
// none after it.
func TestFarewellWaitsForTheFrame(t *testing.T) {
	for cut := range frameHeader + 4 {
		ours, theirs := connected(t)
		conns := newConnections(Limits{TransitBytes: 1}, slog.New(slog.DiscardHandler))
		c := &conn{UnixConn: ours, conns: conns, who: &identity{}, transit: newTransit(conns), parted: make(chan struct{})}
		for _, id := range []uint32{1, 3, 5} {
			c.transit.clientFrame(frame{kind: frameHeaders, stream: id})
		}
		answer := appendHeaders(nil, 1, nil) // ends call 1
		data := []byte{0, 0, 4, frameData, 0, 0, 0, 0, 3, 'd', 'a', 't', 'a'}
		headers := []byte{0, 0, 0, frameHeaders, flagEndHeaders, 0, 0, 0, 3}
		_, err := c.Write(append(append(answer, headers...), data[:cut]...))
		must(t, err)
		c.end(wire.LimitTransitBytes, 1)
		if cut > 0 {
			if n, err := c.Write(append(data[cut:], data...)); err == nil || n != len(data)-cut {
				t.Errorf("cut at %d: wrote %d, %v", cut, n, err)
			}
		}
		<-c.parted
		_, _ = c.Read(make([]byte, 1)) // does not hang
		framer := http2.NewFramer(io.Discard, theirs)
		framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		said := map[uint32]string{}
		for {
			f, err := framer.ReadFrame()
			if err == io.EOF {
				break
			}
			must(t, err)
			switch f := f.(type) {
			case *http2.DataFrame:
				said[f.StreamID] += string(f.Data())
			case *http2.GoAwayFrame:
				said[0] += string(f.DebugData())
				if f.LastStreamID != 5 {
					t.Errorf("away from %d on", f.LastStreamID)
				}
			case *http2.MetaHeadersFrame:
				said[f.StreamID] += " " + f.PseudoValue("status")
				for _, h := range f.RegularFields() {
					if h.Name == "grpc-status" {
						said[f.StreamID] += " grpc " + h.Value
					}
				}
			}
		}
		third := " data" // its headers and all of the frame; no status behind a message
		if cut == 0 {
			third = "   grpc 8"
		}
		if said[1] != " " || said[3] != third || said[5] != " 200 grpc 8" || !strings.Contains(said[0], "transit_bytes") {
			t.Errorf("cut at %d: %v", cut, said)
		}
		c.Close()
	}
}

// connected are the two ends of a connection.
func connected(t *testing.T) (ours *net.UnixConn, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	must(t, err)
	defer l.Close()
	theirs, err = net.Dial("unix", l.Addr().String())
	must(t, err)
	accepted, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { theirs.Close(); accepted.Close() })
	return accepted.(*net.UnixConn), theirs
}
