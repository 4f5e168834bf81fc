package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

func TestListenerServesHTTP(t *testing.T) {
	s := newSession(t)
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	transport := &http.Transport{}
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	for range 5 {
		pr, pw := io.Pipe()
		var writer sync.WaitGroup
		writer.Go(func() {
			_, err := pw.Write(make([]byte, 300_000))
			_ = pw.CloseWithError(err)
		})
		res := must[*http.Response](t)(client.Post("http://"+l.Addr().String(), "x/y", pr))
		n, err := io.Copy(io.Discard, res.Body)
		if n != 300_000 || err != nil {
			t.Errorf("the answer has %d bytes, %v", n, err)
		}
		_ = res.Body.Close()
		writer.Wait()
	}
	transport.CloseIdleConnections()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	serving.Wait()
}

func TestListenerDeadline(t *testing.T) {
	s := newSession(t)
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	if err := l.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a past deadline: %v", err)
	}
	_ = l.SetDeadline(time.Time{})
	var accepting sync.WaitGroup
	accepting.Go(func() {
		_, err := l.Accept()
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("a deadline set meanwhile: %v", err)
		}
	})
	time.AfterFunc(100*time.Millisecond, func() { _ = l.SetDeadline(time.Now()) })
	accepting.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// Deadlines hit Accepts at every moment; each connection still comes out once.
func TestListenerLosesNoConnection(t *testing.T) {
	s := newSession(t)
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	const dials = 60
	var dialing sync.WaitGroup
	dialing.Go(func() {
		for i := range dials {
			conn, err := net.Dial("tcp4", l.Addr().String())
			if err != nil {
				t.Errorf("dial %d: %v", i, err)
				return
			}
			_, _ = conn.Write([]byte{byte(i)})
			_ = conn.Close()
		}
	})
	seen := map[byte]bool{}
	var patience time.Duration
	soon(t, "all connections", func() {
		for len(seen) < dials {
			patience = (patience + 370*time.Microsecond) % (6 * time.Millisecond)
			_ = l.SetDeadline(time.Now().Add(patience))
			conn, err := l.Accept()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != nil {
				t.Errorf("Accept = %v", err)
				return
			}
			b := make([]byte, 1)
			if _, err := io.ReadFull(conn, b); err != nil {
				t.Error(err)
			}
			if seen[b[0]] {
				t.Errorf("connection %d came twice", b[0])
			}
			seen[b[0]] = true
			_ = conn.Close()
		}
	})
	dialing.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left := sockets(t, s); len(left) != 0 {
		t.Errorf("sockets are left: %v", left)
	}
}

func TestListenerClose(t *testing.T) {
	s := newSession(t)
	l := must[*Listener](t)(s.Listen(context.Background(), "unix", socketPath(t)))
	var accepting sync.WaitGroup
	for range 3 {
		accepting.Go(func() {
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the blocked Accept = %v", err)
			}
		})
	}
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	accepting.Wait()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v", err)
	}
	if _, err := os.Stat(l.Addr().String()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the path is left: %v", err)
	}
}

func TestListenErrors(t *testing.T) {
	s := newSession(t)
	taken := listenLocal(t, "tcp4", "127.0.0.1:0")
	_, err := s.Listen(context.Background(), "tcp", taken.Addr().String())
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "listen" || !errors.Is(err, errnoByName["EADDRINUSE"]) {
		t.Errorf("a taken port: %v", err)
	}
	if _, err := s.Listen(context.Background(), "tcp", "127.0.0.1:65536"); err == nil {
		t.Error("port 65536 was taken")
	}
	if _, err := s.Listen(context.Background(), "udp", "127.0.0.1:0"); err == nil {
		t.Error("udp can listen")
	}
	if _, err := s.ListenPacket(context.Background(), "tcp", "127.0.0.1:0"); err == nil {
		t.Error("tcp has packets")
	}
}
