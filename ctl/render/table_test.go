package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var someSockets = []*farsockv1.Socket{
	{
		Name: "sessions/s/sockets/web", Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Protocol: 6, State: farsockv1.SocketState_SOCKET_STATE_LISTENING, Local: inet("0.0.0.0", 8080), Backlog: new(int32(128)), AcceptQueue: new(int32(2)),
	},
	{
		Name: "sessions/s/sockets/d", Family: farsockv1.Family_FAMILY_INET6, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		State: farsockv1.SocketState_SOCKET_STATE_CONNECTED, Local: inet("::1", 41822), Peer: inet("fd00::1234:5678", 8080),
		HeldBytes: 7, ReceiveQueue: new(int64(5)), SendQueue: new(int64(0)),
	},
	{Name: "sessions/s/sockets/u", Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, State: farsockv1.SocketState_SOCKET_STATE_BOUND, Local: inet("127.0.0.1", 53)},
}

func TestSocketSentences(t *testing.T) {
	for i, want := range []string{
		"web  listening  0.0.0.0:8080  backlog 128",
		"d  connected  [::1]:41822 -> [fd00::1234:5678]:8080",
		"u  bound  127.0.0.1:53",
	} {
		if got := Socket(someSockets[i]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Accepted(someSockets[1]); got != "d  accepted  from [fd00::1234:5678]:8080" {
		t.Errorf("%q", got)
	}
	bare := &farsockv1.Socket{Name: "sessions/s/sockets/b", Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, State: farsockv1.SocketState_SOCKET_STATE_OPEN}
	if got := Socket(bare); got != "b  open  unixgram" {
		t.Errorf("%q", got)
	}
	if got := Accepted(bare); got != "b  accepted  from unnamed" {
		t.Errorf("%q", got)
	}
}

func TestSocketsByWidth(t *testing.T) {
	for _, c := range []struct {
		width int
		want  string
	}{
		{0, `NAME  NETWORK  STATE      LOCAL         PEER                    HELD  RECV-Q  SEND-Q
web   tcp      listening  0.0.0.0:8080  -                       0     2       -
d     tcp6     connected  [::1]:41822   [fd00::1234:5678]:8080  7     5       0
u     udp      bound      127.0.0.1:53  -                       0     -       -
`},
		{80, `NAME  NETWORK  STATE      LOCAL         PEER                    RECV-Q  SEND-Q
web   tcp      listening  0.0.0.0:8080  -                       2       -
d     tcp6     connected  [::1]:41822   [fd00::1234:5678]:8080  5       0
u     udp      bound      127.0.0.1:53  -                       -       -
`},
		{60, `NAME  STATE      LOCAL         PEER
web   listening  0.0.0.0:8080  -
d     connected  [::1]:41822   [fd00::1234:5678]:8080
u     bound      127.0.0.1:53  -
`},
		{40, `web
  listening 0.0.0.0:8080
d
  connected [::1]:41822 -> [fd00::1234:5678]:8080
u
  bound 127.0.0.1:53
`},
	} {
		var b strings.Builder
		leftOut, err := Sockets(&b, c.width, someSockets)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want {
			t.Errorf("width %d:\n%s", c.width, b.String())
		}
		if got, want := strings.Join(leftOut, " "), map[int]string{80: "HELD", 60: "HELD SEND-Q RECV-Q NETWORK", 40: "HELD SEND-Q RECV-Q NETWORK"}[c.width]; got != want {
			t.Errorf("width %d: %q was left out, want %q", c.width, got, want)
		}
	}
}

// A table never cuts a cell of a column that stays, and fits if it can.
func TestTableCutsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,20}`), 6, 6).Draw(t, "cells")
		width := rapid.IntRange(1, 80).Draw(t, "width")
		columns := []Column{{Title: "A"}, {Title: "B", Drop: 2}, {Title: "C"}}
		var b strings.Builder
		leftOut, err := Table(&b, width, columns, [][]string{cells[:3], cells[3:]})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(leftOut, " ") == "B" == strings.Contains(b.String(), cells[1]) && !strings.Contains(cells[0]+cells[2]+cells[3]+cells[5], cells[1]) {
			t.Fatalf("%q was left out:\n%s", leftOut, b.String())
		}
		for _, i := range []int{0, 2, 3, 5} {
			if !strings.Contains(b.String(), cells[i]) {
				t.Fatalf("%q is missing:\n%s", cells[i], b.String())
			}
		}
		if strings.HasPrefix(b.String(), "A") && strings.Contains(b.String(), "C\n") {
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("%d columns in %d:\n%s", n, width, b.String())
				}
			}
		}
	})
}

func TestSocketDetail(t *testing.T) {
	var b strings.Builder
	if err := SocketDetail(&b, 0, &farsockv1.GetSocketResponse{Socket: someSockets[0]}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"backlog       128\n", "accept queue  2 connections\n", "local         0.0.0.0:8080\n", "state         listening\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "peer") {
		t.Errorf("a peer that is not there:\n%s", b.String())
	}
}

func TestDatagram(t *testing.T) {
	d := &farsockv1.Datagram{Data: []byte("ab"), Peer: inet("10.0.0.9", 53), FullLength: 9, Truncated: true}
	if got := Datagram(d); got != "datagram from 10.0.0.9:53, 2 bytes of 9, the rest is gone" {
		t.Errorf("%q", got)
	}
	if got := Datagram(&farsockv1.Datagram{}); got != "datagram, 0 bytes" {
		t.Errorf("%q", got)
	}
}

func TestReady(t *testing.T) {
	if got := Ready("d", &farsockv1.PollReady{Readable: true, HangUp: true}); got != "d  readable  hung-up" {
		t.Errorf("%q", got)
	}
}
