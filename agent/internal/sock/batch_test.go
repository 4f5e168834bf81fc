//go:build linux

package sock

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestBatch(t *testing.T) {
	for _, f := range []Family{Inet, Inet6, Unix} {
		t.Run(f.String(), func(t *testing.T) {
			env := newEnv(t)
			a, b := datagrams(t, env, f)
			var batch []Outgoing
			for i := range 8 {
				batch = append(batch, Outgoing{Data: []byte(strings.Repeat("x", i))})
			}
			sent := send(t, b, SendRequest{Batch: batch}, soon())
			if !sent.Outcome.OK() || sent.Messages != 8 || sent.Applied != 28 || sent.Offset != 8 {
				t.Fatalf("got %+v", sent)
			}
			got := receive(t, a, ReceiveRequest{Max: 100, MaxDatagrams: 64}, soon())
			if len(got.Datagrams) != 8 || len(got.Datagrams[7].Data) != 7 {
				t.Fatalf("got %+v", got)
			}
		})
	}
}

// The first that is refused ends a batch; each has its own destination.
func TestBatchEndsAtTheRefused(t *testing.T) {
	env := newEnv(t)
	a, _ := datagrams(t, env, Inet)
	s := open(t, env, Spec{Family: Inet, Type: Datagram})
	at := info(t, a).Local
	far := &Address{Family: Inet, Host: "255.255.255.255", Port: 9}
	sent := send(t, s, SendRequest{Batch: []Outgoing{
		{Data: []byte("one"), To: at}, {Data: []byte("two"), To: at},
		{Data: []byte("far"), To: far}, {Data: []byte("four"), To: at},
	}}, soon())
	if sent.Messages != 2 || sent.Applied != 6 || sent.Offset != 2 || sent.Outcome.OK() || sent.Outcome.Syscall != "sendmmsg" || sent.Outcome.Peer.String() != far.String() {
		t.Fatalf("got %+v", sent)
	}
	if sent := send(t, s, SendRequest{Batch: []Outgoing{{Data: make([]byte, 70000), To: at}}}, soon()); sent.Messages != 0 || sent.Outcome.Code != MessageTooLarge {
		t.Fatalf("got %+v", sent)
	}
	if sent := send(t, s, SendRequest{Batch: []Outgoing{{To: at}, {}}}, soon()); sent.Messages != 1 || sent.Outcome.Errno != unix.EDESTADDRREQ {
		t.Fatalf("got %+v", sent)
	}
	// A name that does not resolve ends it as well, when its turn comes.
	nowhere := &Address{Family: Inet, Host: "%", Port: 9}
	if sent := send(t, s, SendRequest{Batch: []Outgoing{{To: at}, {To: nowhere}, {To: at}}}, soon()); sent.Messages != 1 || sent.Outcome.Code != NameNotResolved {
		t.Fatalf("got %+v", sent)
	}
	if got := receive(t, a, ReceiveRequest{Max: 9, MaxDatagrams: 64}, soon()); len(got.Datagrams) != 4 {
		t.Errorf("%d arrived", len(got.Datagrams))
	}
}

// Every destination is asked for before the first datagram leaves.
func TestBatchIsAuthorizedAsAWhole(t *testing.T) {
	env := newEnv(t)
	a, _ := datagrams(t, env, Inet)
	s := open(t, env, Spec{Family: Inet, Type: Datagram})
	at := info(t, a).Local
	denied := errors.New("denied")
	asked := 0
	env.Authorize = func(_ context.Context, x Access) error {
		asked++
		if x.Op != OpSend {
			t.Errorf("asked about %v", x.Op)
		}
		if x.Address.Port == 9 {
			return denied
		}
		return nil
	}
	_, err := s.Send(bg, SendRequest{Batch: []Outgoing{{To: at}, {To: &Address{Family: Inet, Host: "127.0.0.1", Port: 9}}}}, soon())
	if !errors.Is(err, denied) || asked != 2 {
		t.Fatalf("%v after %d questions", err, asked)
	}
	if got := receive(t, a, ReceiveRequest{Max: 9}, For(0)); got.Outcome.Code != WouldBlock {
		t.Fatalf("something was sent: %+v", got)
	}
}

// A batch waits for room within one wait, and says how far it came.
func TestBatchWaitsForRoom(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Unix)
	var batch []Outgoing
	for i := range 64 {
		batch = append(batch, Outgoing{Data: []byte(strconv.Itoa(i))})
	}
	sent := send(t, b, SendRequest{Batch: batch}, For(0))
	if sent.Outcome.Code != WouldBlock || sent.Messages < 2 || sent.Messages == 64 {
		t.Fatalf("got %+v", sent)
	}
	if again := send(t, b, SendRequest{Batch: batch}, For(10*time.Millisecond)); again.Outcome.Code != WaitElapsed || again.Messages != 0 {
		t.Fatalf("got %+v", again)
	}
	rest := make(chan Sent, 1)
	go func() {
		sent, err := b.Send(bg, SendRequest{Batch: batch[sent.Messages:]}, soon())
		if err != nil {
			t.Error(err)
		}
		rest <- sent
	}()
	for i := range 64 {
		if m := receive(t, a, ReceiveRequest{Max: 9}, soon()).Datagrams[0]; string(m.Data) != strconv.Itoa(i) {
			t.Fatalf("%q came as number %d", m.Data, i)
		}
	}
	if got := <-rest; !got.Outcome.OK() || got.Messages != 64-sent.Messages || got.Offset != 64 {
		t.Fatalf("got %+v", got)
	}
}
