//go:build linux

package rpc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// judge is what a world needs of a test: a *testing.T or a *rapid.T.
type judge interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// The kinds of worlds.
const (
	worldTCP  = "tcp"
	worldUnix = "unix"
	worldUDP  = "udp"
	// worldPacket is a unix seqpacket connection: items that have an end.
	worldPacket = "packet"
)

// world is one socket on a real agent, its real peer, the clients that contend
// for it, and the model that says what has to come of it.
type world struct {
	judge
	h       *harness
	kind    string
	ctx     context.Context // of all calls
	cancel  context.CancelFunc
	socket  *farsockv1.Socket
	peer    *modelPeer
	m       *model
	live    *wireStream // attached, or the last that was; nil before any
	checked int64       // of what the peer read, how much was held against the model
	gone    bool        // the peer is closed
	paused  bool        // live's client takes nothing

	errorAt      int64 // the item that is an error; -1 for none
	refusalsTold int
}

// worlds makes worlds of one harness: one session, listeners of the test's own.
type worlds struct {
	h         *harness
	tcp, unix net.Listener
	packet    net.Listener
}

func newWorlds(h *harness, dir string) (*worlds, error) {
	h.session("model")
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	unix, err := net.Listen("unix", filepath.Join(dir, "peer"))
	if err != nil {
		return nil, errors.Join(err, tcp.Close())
	}
	packet, err := net.Listen("unixpacket", filepath.Join(dir, "packets"))
	if err != nil {
		return nil, errors.Join(err, tcp.Close(), unix.Close())
	}
	h.t.Cleanup(func() {
		if err := errors.Join(tcp.Close(), unix.Close(), packet.Close()); err != nil {
			h.t.Error(err)
		}
	})
	return &worlds{h: h, tcp: tcp, unix: unix, packet: packet}, nil
}

// enter begins a world; the caller calls leave.
func (all *worlds) enter(j judge, kind string) *world {
	j.Helper()
	w := &world{judge: j, h: all.h, kind: kind, errorAt: -1}
	w.m = &model{datagrams: kind == worldUDP || kind == worldPacket}
	w.ctx, w.cancel = context.WithTimeout(context.Background(), time.Minute)
	req := &farsockv1.OpenRequest{Session: "sessions/model", Family: inet4, Type: tcp,
		Options: []*farsockv1.SocketOption{{Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: 16 << 10}}}}
	var conn net.Conn
	var to net.Addr
	var err error
	switch kind {
	case worldTCP:
		req.Connect = inet("127.0.0.1", int32(all.tcp.Addr().(*net.TCPAddr).Port))
	case worldUnix:
		req.Family = farsockv1.Family_FAMILY_UNIX
		req.Connect = &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Path: all.unix.Addr().String()}}}
	case worldPacket:
		req.Family, req.Type = farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
		req.Connect = &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Path: all.packet.Addr().String()}}}
	case worldUDP:
		conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		w.must(err)
		req.Type = dgram
		req.Connect = inet("127.0.0.1", int32(conn.LocalAddr().(*net.UDPAddr).Port))
	}
	resp, err := all.h.sockets.Open(w.ctx, req)
	w.must(err)
	if resp.GetOutcome().GetCode() != outcomeDone {
		w.Fatalf("open: %v", resp.GetOutcome())
	}
	w.socket = resp.GetSocket()
	switch kind {
	case worldTCP:
		conn, err = all.tcp.Accept()
	case worldUnix:
		conn, err = all.unix.Accept()
	case worldPacket:
		conn, err = all.packet.Accept()
	case worldUDP:
		to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(w.socket.GetLocal().GetInet().GetPort())}
	}
	w.must(err)
	w.peer, err = newPeer(conn, to, w.m.datagrams)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

// leave ends the world, also one that failed.
func (w *world) leave() {
	if w.live != nil {
		w.live.drop()
	}
	_, _ = w.h.sockets.Close(w.ctx, &farsockv1.CloseRequest{Socket: uid(w.socket), Abort: true})
	_ = w.peer.close(false)
	w.cancel()
}

const outcomeDone = farsockv1.OutcomeCode_OUTCOME_CODE_DONE

// narrow says that a figure was seen.
func (w *world) narrow(what string, figure *span, v int64) {
	w.Helper()
	if !figure.holds(v) {
		w.Fatalf("%s is %d, the model says %d to %d", what, v, figure.lo, figure.hi)
	}
	*figure = exactly(v)
}

// refusal is the reason of a status, and only those that the model has.
func (w *world) refusal(err error) farsockv1.ErrorReason {
	w.Helper()
	r := reasonOf(err)
	want, ok := map[farsockv1.ErrorReason]codes.Code{
		reasonInvalid: codes.InvalidArgument,
		farsockv1.ErrorReason_ERROR_REASON_ATTACHED:            codes.FailedPrecondition,
		farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH:         codes.FailedPrecondition,
		farsockv1.ErrorReason_ERROR_REASON_FENCED:              codes.Aborted,
		farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED:      codes.FailedPrecondition,
		farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE: codes.OutOfRange,
	}[r]
	if !ok || status.Code(err) != want {
		w.Fatalf("refused with %v (reason %v)", err, r)
	}
	return r
}

// verify holds what the peer has read against the model.
func (w *world) verify() {
	w.Helper()
	if w.gone {
		return
	}
	w.peer.mu.Lock()
	defer w.peer.mu.Unlock()
	if w.m.datagrams {
		w.verifyDatagrams()
		return
	}
	for ; w.checked < int64(len(w.peer.bytes)); w.checked++ {
		if w.checked >= w.m.applied.hi {
			w.Fatalf("the peer read %d bytes, the model has at most %d", len(w.peer.bytes), w.m.applied.hi)
		}
		if who := w.m.writerAt(w.checked); w.peer.bytes[w.checked] != content(who, w.checked) {
			w.Fatalf("the peer's byte at %d is not %q's", w.checked, who)
		}
	}
}

// arrived is how many of what was applied for certain the peer has to get.
func (m *model) arrived(to int64) int64 {
	if !m.datagrams {
		return to
	}
	n := int64(0)
	for i := range to {
		if !refusedOf(m.writerAt(i), i) {
			n++
		}
	}
	return n
}

// verifyDatagrams counts checked in numbers, of which the refused have no
// datagram. The caller holds the peer's mutex.
func (w *world) verifyDatagrams() {
	w.Helper()
	seen := w.m.arrived(w.checked)
	for seen < int64(len(w.peer.grams)) {
		who := w.m.writerAt(w.checked)
		switch {
		case w.checked >= w.m.applied.hi:
			w.Fatalf("the peer read %d datagrams, the model has at most %d", len(w.peer.grams), seen)
		case refusedOf(who, w.checked):
		case string(w.peer.grams[seen]) != string(datagramOf(who, w.checked)):
			w.Fatalf("the peer's datagram %d is not number %d of %q", seen, w.checked, who)
		default:
			seen++
		}
		w.checked++
	}
}

// ended tells whether the peer's reading ended in order.
func ended(err error) bool { return errors.Is(err, io.EOF) }
