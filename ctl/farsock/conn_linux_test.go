package farsock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// The SDK's connection at one end and package net's at the other, and both
// ends the SDK's; over TCP, IPv6 and unix streams.
func TestConnIsANetConn(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	dir := filepath.Dir(socketPath(t))
	for _, c := range []struct{ name, network, near, address string }{
		{"tcp", "tcp", "tcp", "127.0.0.1:0"},
		{"tcp6", "tcp6", "tcp6", "[::1]:0"},
		{"mptcp", "mptcp", "tcp", "127.0.0.1:0"},
		{"unix", "unix", "unix", filepath.Join(dir, "s")},
	} {
		if c.network == "mptcp" && !hasMPTCP() {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			t.Run("far dials near", func(t *testing.T) {
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					l, err := net.Listen(c.near, c.address)
					if err != nil {
						return nil, nil, nil, err
					}
					defer l.Close()
					return connect(
						func() (net.Conn, error) { return s.Dial(context.Background(), c.network, l.Addr().String()) },
						l.Accept)
				})
			})
			t.Run("near dials far", func(t *testing.T) {
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					l, err := s.Listen(context.Background(), c.network, c.address)
					if err != nil {
						return nil, nil, nil, err
					}
					defer l.Close()
					c2, c1, stop, err = connect(
						func() (net.Conn, error) { return net.Dial(c.near, l.Addr().String()) },
						l.Accept)
					return c1, c2, stop, err
				})
			})
			t.Run("far dials far", func(t *testing.T) {
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					l, err := s.Listen(context.Background(), c.network, c.address)
					if err != nil {
						return nil, nil, nil, err
					}
					defer l.Close()
					return connect(
						func() (net.Conn, error) { return s.Dial(context.Background(), c.network, l.Addr().String()) },
						l.Accept)
				})
			})
		})
	}
}

// connect dials and accepts; the dialing end comes first.
func connect(dial, accept func() (net.Conn, error)) (c1, c2 net.Conn, stop func(), err error) {
	if c1, err = dial(); err != nil {
		return nil, nil, nil, err
	}
	if c2, err = accept(); err != nil {
		return nil, nil, nil, errors.Join(err, c1.Close())
	}
	return c1, c2, func() { _ = c1.Close(); _ = c2.Close() }, nil
}

func TestConnAddresses(t *testing.T) {
	far, near := pair(t, newSession(t))
	if far.LocalAddr().String() != near.RemoteAddr().String() || far.RemoteAddr().String() != near.LocalAddr().String() {
		t.Errorf("%v -> %v, and the peer says %v -> %v", far.LocalAddr(), far.RemoteAddr(), near.RemoteAddr(), near.LocalAddr())
	}
	if _, ok := far.LocalAddr().(*net.TCPAddr); !ok {
		t.Errorf("the address is a %T", far.LocalAddr())
	}
}

// Both directions end on their own, and all bytes arrive before the end.
func TestConnHalfClose(t *testing.T) {
	far, near := pair(t, newSession(t))
	if _, err := far.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if err := far.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	readAll(t, near, "question")
	if _, err := far.Write([]byte("more")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write after CloseWrite = %v", err)
	}
	// A second time is as harmless as shutdown(2).
	if err := far.CloseWrite(); err != nil && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("CloseWrite again = %v", err)
	}
	answer := bytes.Repeat([]byte("answer "), 100_000)
	var writer sync.WaitGroup
	writer.Go(func() {
		_, _ = near.Write(answer)
		_ = near.Close()
	})
	readAll(t, far, string(answer))
	writer.Wait()
	if n, err := far.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("Read after the end = %d, %v", n, err)
	}
}

// The peer's end first, then ours: what is written after it still arrives.
func TestConnWritesAfterThePeersEnd(t *testing.T) {
	far, near := pair(t, newSession(t))
	if err := near.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	readAll(t, far, "")
	payload := make([]byte, 3<<20)
	for i := range payload {
		payload[i] = byte(rand.Uint32())
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		if n, err := far.Write(payload); n != len(payload) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := far.Close(); err != nil {
			t.Error(err)
		}
	})
	got, err := io.ReadAll(near)
	if err != nil || !bytes.Equal(got, payload) {
		t.Errorf("%d of %d bytes arrived, %v", len(got), len(payload), err)
	}
	writer.Wait()
}

func TestConnReset(t *testing.T) {
	far, near := pair(t, newSession(t))
	if err := near.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = near.Close()
	n, err := far.Read(make([]byte, 8))
	var op *net.OpError
	if n != 0 || !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Op != "read" || op.Net != "tcp" {
		t.Errorf("Read = %d, %v", n, err)
	}
	if _, err := far.Read(make([]byte, 8)); err == io.EOF {
		t.Error("a reset became an orderly end")
	}
	if _, err := far.Write([]byte("x")); err == nil {
		t.Error("Write after a reset succeeded")
	}
}

func TestConnAborts(t *testing.T) {
	far, near := pair(t, newSession(t))
	if err := far.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer read %v", err)
	}
}

// Closing away what arrived resets the connection, as a local program would.
func TestConnCloseWithUnreadDataResets(t *testing.T) {
	for _, attached := range []bool{false, true} {
		far, near := pair(t, newSession(t))
		if attached {
			if _, err := far.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(near, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := near.Write([]byte("unread")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the data", func() bool {
			if attached {
				return far.h.attached.unread()
			}
			res, err := far.h.client.Sockets.GetSocket(context.Background(), &farsockv1.GetSocketRequest{Name: far.h.resource})
			return err == nil && res.GetSocket().GetReceiveQueue() > 0
		})
		if err := far.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("attached %v: the peer read %v", attached, err)
		}
	}
}

func TestConnClose(t *testing.T) {
	far, _ := pair(t, newSession(t))
	var reader sync.WaitGroup
	reader.Go(func() {
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the blocked Read = %v", err)
		}
	})
	eventually(t, "the reader", func() bool { return len(far.h.reading) == 1 })
	for range 2 {
		if err := far.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	reader.Wait()
	if _, err := far.Read(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read = %v", err)
	}
	if _, err := far.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write = %v", err)
	}
	if err := far.CloseWrite(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("CloseWrite = %v", err)
	}
	if err := far.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("SetDeadline = %v", err)
	}
}

// A deadline that is set while a call blocks ends it, and what a timed-out
// Write has counted is the stream's exact beginning.
func TestConnWriteTimeoutCountsTheStream(t *testing.T) {
	far, near := pair(t, newSession(t))
	payload := make([]byte, 32<<20) // more than any kernel buffer takes
	for i := range payload {
		payload[i] = byte(i >> 8)
	}
	stop := time.AfterFunc(200*time.Millisecond, func() { _ = far.SetWriteDeadline(time.Now()) })
	defer stop.Stop()
	n, err := far.Write(payload)
	if !errors.Is(err, os.ErrDeadlineExceeded) || n >= len(payload) {
		t.Fatalf("Write = %d, %v", n, err)
	}
	var reader sync.WaitGroup
	var got []byte
	reader.Go(func() { got, _ = io.ReadAll(near) })
	if err := far.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if m, err := far.Write(payload[n:]); m != len(payload)-n || err != nil {
		t.Errorf("the rest: Write = %d, %v", m, err)
	}
	if err := far.CloseWrite(); err != nil {
		t.Error(err)
	}
	reader.Wait()
	if !bytes.Equal(got, payload) {
		t.Errorf("%d bytes arrived, not the %d in order", len(got), len(payload))
	}
}

// A peer that sends without end stops when nobody reads: nothing grows here.
func TestConnUnreadDataIsBounded(t *testing.T) {
	t.Parallel()
	far, near := pair(t, newSession(t))
	if _, err := far.Write([]byte("x")); err != nil { // attaches
		t.Fatal(err)
	}
	if _, err := io.ReadFull(near, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	sent := 0
	for {
		_ = near.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		n, err := near.Write(block)
		sent += n
		if err != nil {
			break
		}
		if sent > 256<<20 {
			t.Fatal("256 MiB were taken with nobody reading")
		}
	}
	far.h.attached.mu.Lock()
	charged := far.h.attached.inbox.charged
	far.h.attached.mu.Unlock()
	if charged > streamAhead {
		t.Errorf("%d bytes are queued", charged)
	}
	_ = near.Close()
	got, err := io.Copy(io.Discard, far)
	if err != nil || got != int64(sent) {
		t.Errorf("%d of %d bytes, %v", got, sent, err)
	}
}

// The agent's death is told from the peer's.
func TestConnAgentLost(t *testing.T) {
	t.Parallel()
	agent := startAgent(t, socketPath(t))
	c := must[*Client](t)(Dial(context.Background(), agent.endpoint, withoutSlack))
	defer c.Close()
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL}))
	far, _ := pair(t, s)
	var reader sync.WaitGroup
	reader.Go(func() {
		if _, err := far.Read(make([]byte, 1)); !Unreachable(err) || !errors.Is(err, ErrSessionLost) {
			t.Errorf("Read = %v", err)
		}
	})
	eventually(t, "the reader", func() bool { return len(far.h.reading) == 1 })
	agent.kill()
	reader.Wait()
	if _, err := far.Write([]byte("x")); !Unreachable(err) {
		t.Errorf("Write = %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Dial(ctx, "tcp", "127.0.0.1:1"); !Unreachable(err) || !isTimeout(err) {
		t.Errorf("Dial = %v", err)
	}
}

// A Conn of a socket that exists, detached, leaves it as it was.
func TestConnOfASocketAndDetach(t *testing.T) {
	s := newSession(t)
	first, near := pair(t, s)
	second := must[*Conn](t)(s.client.Conn(context.Background(), first.Socket().GetName()))
	if _, err := second.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := second.Detach(); err != nil {
		t.Fatal(err)
	}
	res := must[*farsockv1.GetSocketResponse](t)(s.client.Sockets.GetSocket(context.Background(), &farsockv1.GetSocketRequest{Name: first.h.resource}))
	if res.GetSocket().GetAttached() {
		t.Error("still attached")
	}
	if _, err := first.Write([]byte("two")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	readAll(t, near, "onetwo")
}
