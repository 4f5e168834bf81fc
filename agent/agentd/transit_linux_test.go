package agentd

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const mib = 1 << 20

// Frames are found however the bytes are cut.
func TestFramesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream bytes.Buffer
		var want []frame
		framer := http2.NewFramer(&stream, nil)
		skip := rapid.SampledFrom([]int{0, clientPreface}).Draw(t, "skip")
		stream.Write(make([]byte, skip))
		for range rapid.IntRange(0, 20).Draw(t, "frames") {
			f := frame{
				kind: rapid.Byte().Draw(t, "kind"), flags: rapid.Byte().Draw(t, "flags"),
				stream: rapid.Uint32Range(0, 1<<31-1).Draw(t, "stream"), length: rapid.IntRange(0, 300).Draw(t, "length"),
			}
			want = append(want, f)
			if err := framer.WriteRawFrame(http2.FrameType(f.kind), http2.Flags(f.flags), f.stream, make([]byte, f.length)); err != nil {
				t.Fatal(err)
			}
		}
		s := frames{skip: skip}
		for stream.Len() > 0 {
			p := stream.Next(rapid.IntRange(1, 700).Draw(t, "piece"))
			for {
				f, rest, ok := s.next(p)
				if !ok {
					break
				}
				if len(want) == 0 || f != want[0] {
					t.Fatalf("got %+v, want the first of %+v", f, want)
				}
				p, want = rest, want[1:]
			}
		}
		if len(want) > 0 {
			t.Fatalf("not found: %+v", want)
		}
	})
}

// A client that sends messages which never end, in many calls, loses its
// connection at the bound, and nobody else does.
func TestUploadsInTransitAreBounded(t *testing.T) { uploadInVain(t, 32*mib) }

// cutAtBound waits until a hostile client has lost its connection, and judges what
// it cost the agent and what c, which goes on, still sees of it.
func cutAtBound(t *testing.T, p *process, c *client, h *hostile, before, bound int64) {
	t.Helper()
	until(t, "the connection is cut", h.closed)
	grown := peak(t, p.Process.Pid) - before
	t.Logf("%d MiB in transit allowed, the agent grew by %d MiB", bound/mib, grown/mib)
	if grown > 2*bound+64*mib && !raceEnabled { // the detector's memory is not the agent's
		t.Errorf("grew by %d MiB", grown/mib)
	}
	until(t, "nothing is left of it", func() bool { return c.inUse(t, wire.LimitTransitBytes) < mib })
	contains(t, p.stderr.String(), "connection closed", "limit=transit_bytes")
}

// uploadInVain begins up to 2000 uploads of 1 MiB.
func uploadInVain(t *testing.T, bound int64) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--max-transit-bytes", strconv.FormatInt(bound, 10))
	c := dial(t, path)
	c.who(t)
	before := peak(t, p.Process.Pid)
	h := attack(t, path, 1<<16, true)
	for range maxStreams {
		stream, err := h.call(farsockv1.SocketService_Send_FullMethodName)
		if err == nil {
			err = h.part(stream, mib)
		}
		if err != nil {
			break // cut
		}
	}
	cutAtBound(t, p, c, h, before, bound)
	contains(t, h.told(), "limit transit_bytes ("+strconv.FormatInt(bound, 10)+") reached")
}

// A client that asks for much and fetches nothing likewise.
func TestAnswersInTransitAreBounded(t *testing.T) {
	const bound, size = 16 * mib, mib / 2
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--max-transit-bytes", strconv.Itoa(bound))
	c := dial(t, path)
	_, listening, addr := c.listener(t)
	peer, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { peer.Close() })
	accepted, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening})
	must(t, err)
	go func() { _, _ = peer.Write(make([]byte, size)) }() // ends with peer
	name := "sockets/" + accepted.GetSocket().GetUid()
	whole := &farsockv1.ReceiveRequest{Socket: name, Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
		Until: &farsockv1.ReceiveRequest_Exactly{Exactly: size}, MaxBytes: new(int32(size))}
	if resp, err := c.sockets.Receive(t.Context(), whole); err != nil || len(resp.GetData()) != size {
		t.Fatalf("%v, %d bytes", err, len(resp.GetData()))
	}
	before := peak(t, p.Process.Pid)
	h := attack(t, path, 0, true)
	for range 2 * bound / size {
		stream, err := h.call(farsockv1.SocketService_Receive_FullMethodName)
		if err == nil {
			err = h.send(stream, whole)
		}
		if err != nil {
			break // cut
		}
	}
	cutAtBound(t, p, c, h, before, bound)
}

// A client that begins calls and reads nothing, not even that they are refused,
// is cut.
func TestCallsWithoutReadingAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--max-calls", "10")
	h := attack(t, path, 1<<16, false)
	for range 100 * maxStreams {
		if _, err := h.call(farsockv1.SocketService_Stream_FullMethodName); err != nil {
			break
		}
	}
	until(t, "the connection is cut", func() bool { return strings.Contains(p.stderr.String(), "limit=calls_per_connection") })
	c := dial(t, path)
	until(t, "nothing is left of it", func() bool {
		resp, err := c.agents.GetAgent(t.Context(), &farsockv1.GetAgentRequest{})
		return err == nil && used(resp.GetAgent(), wire.LimitCalls) == 1
	})
}

// What honest clients do leaves nothing on their account.
func TestTransitComesBackToNothing(t *testing.T) {
	a := embedded(t, Config{})
	c := dial(t, pathOf(a))
	_, listening, addr := c.listener(t)
	rapid.Check(t, func(r *rapid.T) {
		peer, err := net.Dial("tcp", addr)
		must(t, err)
		defer peer.Close()
		accepted, err := c.sockets.Accept(t.Context(), &farsockv1.AcceptRequest{Socket: listening})
		must(t, err)
		name := "sockets/" + accepted.GetSocket().GetUid()
		size := rapid.IntRange(1, wire.MaxUnaryBytes).Draw(r, "size")
		go func() { _, _ = io.CopyN(peer, peer, int64(size)) }() // ends with peer
		_, err = c.sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: name, Data: make([]byte, size)})
		must(t, err)
		_, err = c.sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{Socket: name, MaxBytes: new(int32(size)),
			Until: &farsockv1.ReceiveRequest_Exactly{Exactly: int32(size)}})
		must(t, err)
		_, err = c.sockets.Close(t.Context(), &farsockv1.CloseRequest{Socket: name})
		must(t, err)
		// The answer that says so is the only thing under way.
		until(t, "all of it came back", func() bool {
			n := c.inUse(t, wire.LimitTransitBytes)
			return n >= -16 && n <= 16
		})
	})
}
