//go:build linux

package sock

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func send(t *testing.T, s *Socket, r SendRequest, w Wait) Sent {
	t.Helper()
	sent, err := s.Send(bg, r, w)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return sent
}

// UDP gathers what MSG_MORE marks into one datagram.
func TestMore(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	for i, text := range []string{"one ", "datagram ", "of three"} {
		if sent := send(t, b, SendRequest{Data: []byte(text), More: i < 2}, soon()); !sent.Outcome.OK() || sent.Offset != int64(i+1) {
			t.Fatalf("got %+v", sent)
		}
	}
	if got := receive(t, a, ReceiveRequest{Max: 100, MaxDatagrams: 9}, soon()); len(got.Datagrams) != 1 || string(got.Datagrams[0].Data) != "one datagram of three" {
		t.Fatalf("got %+v", got)
	}
	// TCP keeps a partial segment back for a while.
	s, c := connected(t, env)
	send(t, s, SendRequest{Data: []byte("kept "), More: true}, soon())
	if out := info(t, s).SendQueue; out != 5 {
		t.Errorf("%d bytes in the send queue, want 5: nothing sent, so nothing acknowledged", out)
	}
	send(t, s, SendRequest{Data: []byte("back"), EndOfRecord: true}, soon())
	buf := make([]byte, 20)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "kept back" {
		t.Fatalf("got %q, %v", buf[:n], err)
	}
}

// MSG_DONTROUTE reaches neighbours and nobody behind a router.
func TestDontRoute(t *testing.T) {
	env := newEnv(t)
	near, far := newNamespace(t), newNamespace(t)
	link(t, near, "dr0", far, "dr1")
	run(t, "ip", "-n", near, "addr", "add", "10.9.0.1/24", "dev", "dr0")
	run(t, "ip", "-n", far, "addr", "add", "10.9.0.2/24", "dev", "dr1")
	run(t, "ip", "-n", near, "route", "add", "10.10.0.0/16", "via", "10.9.0.2")
	s := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: near})
	for _, row := range []struct {
		host string
		dont bool
		want Code
	}{
		{"10.9.0.2", false, Done}, {"10.9.0.2", true, Done}, {"10.10.0.1", false, Done}, {"10.10.0.1", true, Unreachable},
	} {
		sent := send(t, s, SendRequest{Data: []byte("x"), To: &Address{Family: Inet, Host: row.host, Port: 9}, DontRoute: row.dont, Confirm: row.dont}, soon())
		if sent.Outcome.Code != row.want {
			t.Errorf("%+v: %+v", row, sent)
		}
	}
}

func TestSendBuffers(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	if sent := send(t, b, SendRequest{Data: []byte("gathered"), Buffers: []int{0, 3, 0, 5}}, soon()); !sent.Outcome.OK() || sent.Applied != 8 {
		t.Fatalf("got %+v", sent)
	}
	if got := receive(t, a, ReceiveRequest{Max: 100, Buffers: []int{1, 0, 99}}, soon()); string(got.Datagrams[0].Data) != "gathered" {
		t.Fatalf("got %+v", got)
	}
	send(t, b, SendRequest{Data: []byte("cut short")}, soon())
	if got := receive(t, a, ReceiveRequest{Max: 5, Buffers: []int{2, 3}}, soon()); string(got.Datagrams[0].Data) != "cut s" || !got.Datagrams[0].Truncated || got.Datagrams[0].FullLength != 9 {
		t.Fatalf("got %+v", got)
	}
	for n, want := range map[int]Code{1024: Done, 1025: MessageTooLarge} {
		sizes := make([]int, n)
		sizes[n-1] = 1
		if sent := send(t, b, SendRequest{Data: []byte("x"), Buffers: sizes}, soon()); sent.Outcome.Code != want || want != Done && sent.Outcome.Errno != unix.EMSGSIZE {
			t.Errorf("%d buffers: %+v", n, sent)
		}
		if got := receive(t, a, ReceiveRequest{Max: 1, Buffers: sizes}, soon()); got.Outcome.Code != want || want != Done && got.Outcome.Syscall != "recvmsg" {
			t.Errorf("into %d buffers: %+v", n, got)
		}
	}
	// On a stream what the first call did not take goes on where it stopped.
	s, c := connected(t, env)
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * i >> 8)
	}
	sizes := []int{1000, 0, 500_000, 48_576, 0, 499_000}
	received := make(chan []byte, 1)
	go func() {
		buf, all := make([]byte, 70_000), []byte{}
		for len(all) < len(data) {
			n, err := c.Read(buf)
			if err != nil {
				t.Error(err)
				break
			}
			all = append(all, buf[:n]...)
		}
		received <- all
	}()
	if sent := send(t, s, SendRequest{Data: data, Buffers: sizes}, soon()); !sent.Outcome.OK() || sent.Applied != int64(sum(sizes)) {
		t.Fatalf("got %+v", sent)
	}
	if !bytes.Equal(<-received, data) {
		t.Error("the bytes are not those that were sent")
	}
}

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

func TestSkipBuffers(t *testing.T) {
	sizes := []int{0, 3, 0, 5}
	for n, want := range [][]int{{0, 3, 0, 5}, {2, 0, 5}, {1, 0, 5}, {5}, {4}, {3}, {2}, {1}, nil} {
		if got := skipBuffers(sizes, n); !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
	}
}

// What does not fit the socket is refused before anything is sent.
func TestSendRefusals(t *testing.T) {
	env := newEnv(t)
	s, _ := connected(t, env)
	a, b := datagrams(t, env, Inet)
	u, _ := datagrams(t, env, Unix)
	seven := 7
	rights := Control{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS, Data: make([]byte, 4)}
	for _, row := range []struct {
		s     *Socket
		r     SendRequest
		field string
	}{
		{s, SendRequest{To: loopback(Inet)}, "to"},
		{s, SendRequest{FastOpen: true}, "fast_open"},
		{b, SendRequest{FastOpen: true, To: loopback(Inet)}, "fast_open"},
		{s, SendRequest{Confirm: true}, "confirm"},
		{s, SendRequest{Batch: []Outgoing{{}}}, "datagrams"},
		{b, SendRequest{Data: []byte("x"), Batch: []Outgoing{{}}}, "datagrams"},
		{u, SendRequest{Control: []Control{rights}}, "control[0].type"},
		{u, SendRequest{Batch: []Outgoing{{}, {Control: []Control{{}, rights}}}}, "datagrams[1].control[1].type"},
		{u, SendRequest{Batch: []Outgoing{{TTL: &seven}}}, "datagrams[0].ttl"},
		{u, SendRequest{Batch: []Outgoing{{TrafficClass: &seven}}}, "datagrams[0].traffic_class"},
		{u, SendRequest{Batch: []Outgoing{{Interface: "lo"}}}, "datagrams[0].interface_name"},
		{u, SendRequest{Batch: []Outgoing{{Source: "127.0.0.1"}}}, "datagrams[0].source"},
		{b, SendRequest{Batch: []Outgoing{{Source: "::1"}}}, "datagrams[0].source"},
		{b, SendRequest{Batch: []Outgoing{{Source: "lo"}}}, "datagrams[0].source"},
		{b, SendRequest{Data: []byte("x"), Buffers: []int{2}}, "buffer_sizes"},
		{b, SendRequest{Data: []byte("x"), Buffers: []int{2, -1}}, "buffer_sizes"},
	} {
		_, err := row.s.Send(bg, row.r, soon())
		var bad *ArgumentError
		if !errors.As(err, &bad) || bad.Field != row.field {
			t.Errorf("%+v: %v, want %s", row.r, err, row.field)
		}
	}
	for _, row := range []SendRequest{{Control: make([]Control, 17)}, {Batch: make([]Outgoing, 65)}} {
		var outside *RangeError
		if _, err := b.Send(bg, row, soon()); !errors.As(err, &outside) {
			t.Errorf("got %v", err)
		}
	}
	if got := receive(t, a, ReceiveRequest{Max: 9}, For(0)); got.Outcome.Code != WouldBlock {
		t.Errorf("something was sent: %+v", got)
	}
}

// Control messages reach the kernel, and what it says of them comes back.
func TestSendControl(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	setBool(t, a, OptReceiveTTL)
	ttl := func(n int) []Control {
		return []Control{{Level: unix.SOL_IP, Type: unix.IP_TTL, Data: ints(n)}}
	}
	if sent := send(t, b, SendRequest{Data: []byte("x"), Control: ttl(33)}, soon()); !sent.Outcome.OK() {
		t.Fatalf("got %+v", sent)
	}
	if m := receive(t, a, ReceiveRequest{Max: 9}, soon()).Datagrams[0]; m.TTL == nil || *m.TTL != 33 || len(m.Control) != 1 {
		t.Fatalf("got %+v", m)
	}
	if sent := send(t, b, SendRequest{Data: []byte("x"), Control: ttl(256)}, soon()); sent.Outcome.Code != InvalidArgument || sent.Outcome.Syscall != "sendmsg" {
		t.Fatalf("got %+v", sent)
	}
	// On a unix stream credentials come with the first bytes.
	s, fd := packetPair(t, env, Stream)
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		t.Fatal(err)
	}
	creds := unix.UnixCredentials(&unix.Ucred{Pid: int32(unix.Getpid()), Uid: uint32(unix.Getuid()), Gid: uint32(unix.Getgid())})
	if sent := send(t, s, SendRequest{Data: []byte("me"), Control: []Control{{Level: unix.SOL_SOCKET, Type: unix.SCM_CREDENTIALS, Data: creds[16:28]}}}, soon()); !sent.Outcome.OK() {
		t.Fatalf("got %+v", sent)
	}
	oob := make([]byte, 100)
	n, oobn, _, _, err := unix.Recvmsg(fd, make([]byte, 9), oob, 0)
	if err != nil || n != 2 || !bytes.Equal(oob[16:oobn], creds[16:]) {
		t.Errorf("%d bytes, %x, %v", n, oob[:oobn], err)
	}
}

func setBool(t *testing.T, s *Socket, kinds ...OptionKind) {
	t.Helper()
	for _, k := range kinds {
		if _, out, err := s.SetOption(Option{Kind: k, Bool: true}); err != nil || !out.OK() {
			t.Fatalf("option %d: %+v, %v", k, out, err)
		}
	}
}

// Urgent data both ways; it takes no offsets.
func TestUrgentBytes(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	oob := ReceiveRequest{Max: 9, OutOfBand: true}
	for _, w := range []Wait{For(0), Forever()} {
		if got := receive(t, s, oob, w); got.Outcome.Errno != unix.EINVAL || got.Outcome.Syscall != "recvmsg" {
			t.Fatalf("without urgent data: %+v", got)
		}
	}
	if got := receive(t, s, oob, For(20*time.Millisecond)); got.Outcome.Code != WaitElapsed {
		t.Fatalf("without urgent data, waiting: %+v", got)
	}
	urgent := startReceive(t, s, oob, soon())
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Write(func(fd uintptr) bool { err = unix.Sendto(int(fd), []byte("abc!"), unix.MSG_OOB, nil); return true })
	if err != nil {
		t.Fatal(err)
	}
	if got := <-urgent; string(got.Data) != "!" || !got.Outcome.OK() || got.Offset != 0 {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, oob, For(0)); got.Outcome.Errno != unix.EINVAL {
		t.Fatalf("taken already: %+v", got)
	}
	// recv(2) stops at the mark, MSG_WAITALL or not.
	say(t, c, "def")
	until(t, func() bool { // SIOCINQ ends at the mark
		t, err := unix.GetsockoptTCPInfo(fdOf(s), unix.IPPROTO_TCP, unix.TCP_INFO)
		return err == nil && t.Bytes_received == 7
	})
	if got := receive(t, s, ReceiveRequest{Max: 6, WaitAll: true}, soon()); string(got.Data) != "abc" || got.Offset != 0 {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 3, WaitAll: true}, soon()); string(got.Data) != "def" || got.Offset != 3 {
		t.Fatalf("got %+v", got)
	}
	// A peek leaves it; the other direction works too.
	if sent := send(t, s, SendRequest{Data: []byte("?"), OutOfBand: true}, soon()); !sent.Outcome.OK() || sent.Offset != 1 {
		t.Fatalf("got %+v", sent)
	}
	raw.Write(func(fd uintptr) bool { err = unix.Sendto(int(fd), []byte("#"), unix.MSG_OOB, nil); return true })
	for _, peek := range []bool{true, true, false} {
		if got := receive(t, s, ReceiveRequest{Max: 1, OutOfBand: true, Peek: peek}, soon()); string(got.Data) != "#" {
			t.Fatalf("got %+v", got)
		}
	}
	// With the stream over nothing urgent comes any more.
	c.Close()
	if got := receive(t, s, oob, soon()); got.Outcome.Code == WaitElapsed {
		t.Fatalf("got %+v", got)
	}
}

func TestUrgentOnDatagrams(t *testing.T) {
	env := newEnv(t)
	for _, f := range []Family{Inet, Unix} {
		_, b := datagrams(t, env, f)
		if sent := send(t, b, SendRequest{Data: []byte("x"), OutOfBand: true}, soon()); sent.Outcome.Errno != unix.EOPNOTSUPP {
			t.Errorf("%v: %+v", f, sent)
		}
	}
	a, _ := datagrams(t, env, Unix)
	if got := receive(t, a, ReceiveRequest{Max: 9, OutOfBand: true}, soon()); got.Outcome.Errno != unix.EOPNOTSUPP {
		t.Errorf("got %+v", got)
	}
}
