//go:build linux

package rpc_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// endedAs fails unless err says that session t has ended by being closed.
func endedAs(t *testing.T, what string, err error) {
	t.Helper()
	info, _ := wire.InfoOf(err)
	if info.Code != codes.FailedPrecondition || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED ||
		info.Metadata["session"] != "t" || info.Metadata["ended"] != "CLOSED" {
		t.Errorf("%s: %+v", what, info)
	}
}

// A request that was answered before its session ended is not done again,
// however it names what is gone, and learns why.
func TestRepeatedAfterTheSessionsEnd(t *testing.T) {
	h := newHarness(t)
	old := h.session("t")
	open := &farsockv1.OpenRequest{Session: "sessions/t", RequestId: uuid.NewString(), Family: inet4, Type: dgram, Bind: inet("127.0.0.1", 0)}
	h.open(open)
	accepts := map[string]*farsockv1.AcceptRequest{}
	for _, what := range []string{"a listener that ended too", "a listener closed before", "a listener by name"} {
		l := h.listen("t", "")
		h.dial("t", "", l.GetLocal())
		req := &farsockv1.AcceptRequest{Socket: uid(l), RequestId: uuid.NewString(), Wait: durationpb.New(10 * time.Second)}
		if what == "a listener by name" {
			req.Socket = l.GetName()
		}
		done(t, must[*farsockv1.AcceptResponse](t)(h.sockets.Accept(h.ctx(), req)).GetOutcome())
		if what == "a listener closed before" {
			h.close(l)
		}
		accepts[what] = req
	}
	closeSession(h, nil)
	repeat := func(when string) {
		for what, req := range accepts {
			if what == "a listener by name" && when != "at once" {
				continue // names the new session now
			}
			_, err := h.sockets.Accept(h.ctx(), req)
			endedAs(t, when+": accept from "+what, err)
		}
	}
	_, err := h.sockets.Open(h.ctx(), open)
	endedAs(t, "open", err)
	repeat("at once")

	h.session("t") // the id is taken again
	byUID := &farsockv1.OpenRequest{Session: "sessions/" + old.GetUid(), RequestId: open.GetRequestId(), Family: inet4, Type: dgram, Bind: inet("127.0.0.1", 0)}
	_, err = h.sockets.Open(h.ctx(), byUID)
	endedAs(t, "open, by the old session's uid", err)
	repeat("with a new session of the name")
	if n := h.table.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets were made", n)
	}
	// The new session knows no earlier request.
	h.open(open)
	if _, err := h.sockets.Accept(as(h.ctx(), 1001), accepts["a listener closed before"]); reasonOf(err) != noSocket {
		t.Errorf("another's: %v", err)
	}
}

// Real dials and accepts, and their session's end at any moment among them:
// afterwards there is no descriptor more than before, and each caller was told
// of a socket, or of the end.
func TestEndAmongRealDials(t *testing.T) {
	h := newHarness(t, withAuthorize(func(context.Context) error {
		<-time.After(500 * time.Microsecond) // something that a cancellation does not shorten
		return nil
	}))
	far, err := net.Listen("tcp4", "127.0.0.1:0") // nobody accepts: its connections are the kernel's
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	to := inet("127.0.0.1", int32(far.Addr().(*net.TCPAddr).Port))
	fds := openFDs(t)
	moments := rapid.Custom(func(rt *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 2000).Draw(rt, "moment")) * time.Microsecond
	})
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"dial", "dial once", "bind", "bind once", "accept", "accept once"}), 1, 6).Draw(rt, "calls")
		delays := rapid.SliceOfN(moments, len(kinds), len(kinds)).Draw(rt, "when")
		end := moments.Draw(rt, "end")
		h.session("t")
		l, ctx := h.listen("t", ""), h.ctx()
		var all sync.WaitGroup
		began := time.Now()
		for i, kind := range kinds {
			all.Go(func() {
				<-time.After(delays[i] - time.Since(began))
				err := h.makeSocket(ctx, kind, l, to)
				info, _ := wire.InfoOf(err)
				if err != nil && info.Metadata["ended"] != "CLOSED" {
					rt.Errorf("%s: %v", kind, err)
				}
			})
		}
		<-time.After(end - time.Since(began))
		closeSession(h, nil)
		all.Wait()
		if n := h.table.Stats().Sockets; n != 0 {
			rt.Fatalf("%d sockets left", n)
		}
	})
	waitFor(t, "the descriptors to be closed", func() bool { return openFDs(t) == fds })
}

// makeSocket makes one in session t: a dial of to, a bound one, or an accept
// from l of a connection that it makes itself.
func (h *harness) makeSocket(ctx context.Context, kind string, l *farsockv1.Socket, to *farsockv1.Address) error {
	what, _, once := strings.Cut(kind, " once")
	id := ""
	if once {
		id = uuid.NewString()
	}
	switch what {
	case "dial":
		_, err := h.sockets.Open(ctx, &farsockv1.OpenRequest{Session: "sessions/t", RequestId: id, Family: inet4, Type: tcp, Connect: to})
		return err
	case "bind":
		_, err := h.sockets.Open(ctx, &farsockv1.OpenRequest{Session: "sessions/t", RequestId: id, Family: inet4, Type: tcp, Bind: inet("127.0.0.1", 0)})
		return err
	}
	peer := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(l.GetLocal().GetInet().GetPort())}
	if conn, err := net.DialTCP("tcp4", nil, peer); err == nil { // else the listener is gone
		defer conn.Close()
	}
	_, err := h.sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: uid(l), RequestId: id})
	return err
}
