//go:build linux

package e2e

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// TestReceiveOneOfTwoCancelled: two Receives wait on one socket; whichever is
// cancelled, the other gets the bytes, and a don't-wait peek meanwhile does not
// stand in their line.
func TestReceiveOneOfTwoCancelled(t *testing.T) {
	t.Parallel()
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	c := connectTo(t, a.endpoint())
	s := lease(t, c)
	conn := connect(t, c, s, peerListener(t))
	type answer struct {
		resp *farsockv1.ReceiveResponse
		err  error
	}
	started, handled := 0, 0
	const rounds = 8
	var slowest time.Duration
	for round := range rounds {
		var cancels [2]context.CancelFunc
		var answers [2]chan answer
		for i := range 2 {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cancels[i], answers[i] = cancel, make(chan answer, 1)
			go func() {
				resp, err := c.Sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: conn.name})
				answers[i] <- answer{resp, err}
			}()
			started++
			a.reached(t, "started", "Receive", started) // so they are in line in this order
		}
		before := time.Now()
		peek, err := c.Sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{Socket: conn.name, Peek: true, DontWait: true})
		if err != nil || peek.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK {
			t.Fatalf("peek: %v %v", peek, err)
		}
		slowest = max(slowest, time.Since(before))
		started, handled = started+1, handled+1

		gone, left := round%2, 1-round%2
		cancels[gone]()
		if r := <-answers[gone]; status.Code(r.err) != codes.Canceled {
			t.Fatalf("cancelled: %v %v", r.resp, r.err)
		}
		handled++
		a.reached(t, "handled", "Receive", handled) // an AUTO receive may not take them on its way out
		text := []byte{'#', byte('a' + round)}
		if _, err := conn.peer.Write(text); err != nil {
			t.Fatal(err)
		}
		select {
		case r := <-answers[left]:
			if r.err != nil || !bytes.Equal(r.resp.GetData(), text) {
				t.Fatalf("round %d: the other got %v %v, want %q", round, r.resp, r.err, text)
			}
		case <-time.After(patience):
			t.Fatalf("round %d: the other got nothing", round)
		}
		handled++
	}
	t.Logf("%d rounds: the other of two got the bytes; a peek between them took at most %v", rounds, slowest.Round(time.Microsecond))
}

// TestRecvOneOfTwoKilled is the same with `ctl recv`, ended by a signal.
func TestRecvOneOfTwoKilled(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	u.setenv("FARSOCK_AGENT", a.endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	peer := acceptPeer(t, l)
	started := 0
	for _, row := range []struct {
		name string
		gone int // of the two in line
		with syscall.Signal
		code int
	}{
		{"the first interrupted", 0, syscall.SIGINT, 130},
		{"the second interrupted", 1, syscall.SIGINT, 130},
		{"the first killed", 0, syscall.SIGKILL, 137},
		{"the second killed", 1, syscall.SIGKILL, 137},
	} {
		var waiting [2]*process
		for i := range waiting {
			waiting[i] = u.start(t, "recv", "d", "--wait", "forever")
			started++
			a.reached(t, "started", "Receive", started)
		}
		peek := u.ctl(t, "recv", "d", "--peek", "--dont-wait").want(t, 5)
		started++
		waiting[row.gone].signal(row.with)
		waiting[row.gone].wait(t, patience).want(t, row.code)
		if _, err := peer.Write([]byte(row.name)); err != nil {
			t.Fatal(err)
		}
		if got := waiting[1-row.gone].wait(t, patience).want(t, 0).stdout; got != row.name {
			t.Fatalf("%s: the other printed %q", row.name, got)
		}
		t.Logf("%s: exit %d; the peek: exit 5 after %v; the other: exit 0, all bytes", row.name, row.code, peek.took.Round(time.Millisecond))
	}
}

// TestRecvElapsed: a `ctl recv` whose condition does not come true in time leaves
// what had arrived to the next.
func TestRecvElapsed(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	peer := acceptPeer(t, l)
	for _, piece := range []string{"he", "ll", "o, wor"} {
		if _, err := peer.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		for _, condition := range [][]string{{"--exactly", "12"}, {"--until", "d"}, {"--match", "wor.d"}} {
			r := u.ctl(t, append([]string{"recv", "d", "--wait", "20ms"}, condition...)...).want(t, 5)
			if r.stdout != "" {
				t.Fatalf("%s", r)
			}
		}
	}
	if _, err := peer.Write([]byte("ld")); err != nil {
		t.Fatal(err)
	}
	r := u.ctl(t, "recv", "d", "--exactly", "12").want(t, 0)
	if r.stdout != "hello, world" {
		t.Fatalf("%s", r)
	}
	t.Logf("after nine recvs that elapsed: %q", r.stdout)
}

// TestReceiveElapsedLosesNothing: waits that elapse, and calls that are
// cancelled, at every moment of a stream that arrives in pieces. What the
// others return is the stream, without a gap or a repetition.
func TestReceiveElapsedLosesNothing(t *testing.T) {
	t.Parallel()
	c := connectTo(t, startAgent(t, "", "").endpoint())
	s := lease(t, c)
	for _, row := range []struct {
		name string
		one  func(*testing.T, *farsockv1.ReceiveRequest, time.Duration) (*farsockv1.ReceiveResponse, error)
	}{
		// AUTO: what is returned is gone, so only what was not returned may stay.
		{"elapsed", func(t *testing.T, req *farsockv1.ReceiveRequest, limit time.Duration) (*farsockv1.ReceiveResponse, error) {
			req.Wait = durationpb.New(limit)
			return c.Sockets.Receive(t.Context(), req)
		}},
		// A cancelled call's response may be on its way: MANUAL.
		{"cancelled", func(t *testing.T, req *farsockv1.ReceiveRequest, limit time.Duration) (*farsockv1.ReceiveResponse, error) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer time.AfterFunc(limit, cancel).Stop()
			req.Ack = farsockv1.AckMode_ACK_MODE_MANUAL
			resp, err := c.Sockets.Receive(ctx, req)
			if err != nil || len(resp.GetData()) == 0 {
				return resp, err
			}
			end := resp.GetOffset() + int64(len(resp.GetData()))
			_, err = c.Sockets.Ack(t.Context(), &farsockv1.AckRequest{Socket: req.GetSocket(), Offset: &end})
			if err != nil {
				t.Fatal(err)
			}
			return resp, nil
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, c, s, peerListener(t))
			want := noise(4)[:512<<10]
			turn := make(chan struct{}, 1)
			var writer sync.WaitGroup
			defer writer.Wait()
			defer close(turn)
			writer.Go(func() { dribble(conn.peer, want, turn) })
			var got bytes.Buffer
			done, cut, over := 0, 0, false
			for !over {
				select {
				case turn <- struct{}{}:
				default: // it has not come round to the last
				}
				req := &farsockv1.ReceiveRequest{Socket: conn.name}
				if rand.IntN(4) > 0 {
					req.Until = &farsockv1.ReceiveRequest_Exactly{Exactly: 1 + rand.Int32N(4096)}
				}
				resp, err := row.one(t, req, time.Duration(1+rand.Int64N(int64(3*time.Millisecond))))
				switch {
				case status.Code(err) == codes.Canceled && t.Context().Err() == nil,
					err == nil && resp.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED:
					cut++
				case err == nil && resp.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_DONE:
					if resp.GetOffset() != int64(got.Len()) {
						t.Fatalf("offset %d after %d bytes", resp.GetOffset(), got.Len())
					}
					got.Write(resp.GetData())
					done++
					over = resp.GetEnd()
				default:
					t.Fatal(resp, err)
				}
			}
			if cut == 0 || done == 0 {
				t.Errorf("%d cut short, %d done", cut, done)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%d bytes came, not the %d that were sent", got.Len(), len(want))
			}
			t.Logf("%d receives %s, %d done: all %d bytes, in order", cut, row.name, done, len(want))
		})
	}
}

// dribble writes data in pieces, one for each turn, at a random moment of it,
// and ends the stream. The moment is what is tried. The reader finds out if it
// failed.
func dribble(peer *net.TCPConn, data []byte, turn <-chan struct{}) {
	for range turn {
		<-time.After(time.Duration(rand.Int64N(int64(3 * time.Millisecond))))
		n := min(1+rand.IntN(3000), len(data))
		if _, err := peer.Write(data[:n]); err != nil {
			return
		}
		if data = data[n:]; len(data) == 0 {
			_ = peer.CloseWrite()
			return
		}
	}
}
