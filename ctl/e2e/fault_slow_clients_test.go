//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// TestFaultHalfOpenClients: control connections that say nothing, or only HTTP/2's
// first words, or that stop in the middle of a message, are ended by the agent;
// meanwhile others are served.
func TestFaultHalfOpenClients(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "half-open control clients")
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	if err := connectTo(t, a.endpoint()).Close(); err != nil { // or the agent may still be starting
		t.Fatal(err)
	}
	then := a.atRest(t)
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	settings := "\x00\x00\x00\x04\x00\x00\x00\x00\x00" // an empty SETTINGS frame
	words := []string{"", preface[:7], preface, preface + settings,
		preface + settings + "\x00\x40\x00\x01\x04\x00\x00\x00\x01half", // HEADERS of 16 KiB, of which four bytes come
		"\x16\x03\x01 hello"}
	const each = 20
	ended := make(chan error, each*len(words))
	for range each {
		for _, w := range words {
			conn, err := net.Dial("unix", a.socket)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := io.WriteString(conn, w); err != nil {
				t.Fatal(err)
			}
			row.faults.Add(1)
			go func() {
				if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
					ended <- err
					return
				}
				_, err := io.Copy(io.Discard, conn) // what the agent says before it gives up
				if errors.Is(err, os.ErrDeadlineExceeded) {
					err = fmt.Errorf("%q: not ended within %v", w, patience)
				} else {
					err = nil // the end or a reset
				}
				ended <- err
			}()
		}
	}
	start := time.Now()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", a.endpoint())
	u.ctl(t, "agent", "info").want(t, 0)
	served := time.Since(start)
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	row.says("%d at once, all ended within %v; an agent info beside them took %v",
		cap(ended), time.Since(start).Round(time.Second), served.Round(10*time.Millisecond))
	a.backAtRest(t, then, nil)
}
