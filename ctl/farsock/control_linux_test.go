package farsock

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestOptions(t *testing.T) {
	s := newSession(t)
	ctx := context.Background()
	far, _ := pair(t, s)
	got, err := far.SetOptions(ctx,
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: true}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: 20_000}})
	if err != nil || len(got) != 2 || !got[0].GetKeepAlive() || got[1].GetSendBuffer() != 40_000 {
		t.Errorf("SetOptions = %v, %v", got, err)
	}
	// The first is set, the second fails, the third is not tried.
	got, err = far.SetOptions(ctx,
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_NoDelay{NoDelay: false}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_Ttl{Ttl: 999}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: false}})
	var op *net.OpError
	var option *OptionError
	if len(got) != 1 || !errors.Is(err, syscall.EINVAL) || !errors.As(err, &option) || option.Option.GetTtl() != 999 ||
		!errors.As(err, &op) || op.Op != "set" || op.Addr.String() != far.LocalAddr().String() {
		t.Errorf("SetOptions = %v, %v", got, err)
	}
	got, err = far.Options(ctx, "keep_alive", "no_delay")
	if err != nil || len(got) != 2 || !got[0].GetKeepAlive() || got[1].GetNoDelay() {
		t.Errorf("Options = %v, %v", got, err)
	}
	all := must[[]*farsockv1.SocketOption](t)(far.Options(ctx))
	var names []string
	for _, o := range all {
		names = append(names, wire.OptionName(o))
	}
	for _, want := range []string{"no_delay", "keep_alive_idle", "ttl", "congestion_control", "reuse_address"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	if slices.Contains(names, "error") {
		t.Error("the pending error was read")
	}
	if _, err := far.Options(ctx, "no_such"); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD {
		t.Errorf("an unknown name: %v", err)
	}
	u := must[*PacketConn](t)(s.ListenPacket(ctx, "udp", "127.0.0.1:0"))
	defer u.Close()
	if _, err := u.Options(ctx, "no_delay"); err == nil {
		t.Error("a UDP socket has TCP_NODELAY")
	}
}

func TestTCPInfo(t *testing.T) {
	s := newSession(t)
	far, near := pair(t, s)
	if _, err := far.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(make([]byte, 2000)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the acknowledgement", func() bool {
		info := must[*farsockv1.TcpInfo](t)(far.TCPInfo(context.Background()))
		if info.GetState() != "ESTABLISHED" || info.GetSendMss() == 0 || info.GetRtoUs() == 0 {
			t.Fatalf("TCPInfo = %v", info)
		}
		return info.GetBytesAcked() >= 1000
	})
	dir := socketPath(t)
	l := listenLocal(t, "unix", dir)
	unix := must[net.Conn](t)(s.Dial(context.Background(), "unix", l.Addr().String())).(*Conn)
	defer unix.Close()
	if _, err := unix.TCPInfo(context.Background()); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Errorf("of a unix socket: %v", err)
	}
}

func TestWaitState(t *testing.T) {
	s := newSession(t)
	ctx := context.Background()
	far, near := pair(t, s)
	got, err := far.WaitState(ctx, farsockv1.SocketState_SOCKET_STATE_LISTENING, farsockv1.SocketState_SOCKET_STATE_CONNECTED)
	if err != nil || got.GetState() != farsockv1.SocketState_SOCKET_STATE_CONNECTED {
		t.Errorf("WaitState = %v, %v", got, err)
	}
	type result struct {
		socket *farsockv1.Socket
		err    error
	}
	done := make(chan result, 1)
	go func() {
		socket, err := far.WaitTCPState(ctx, "CLOSE_WAIT", "CLOSE")
		done <- result{socket, err}
	}()
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = far.WaitTCPState(short, "LISTEN")
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a state that does not come: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err = far.WaitTCPState(cancelled, "LISTEN"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	_ = near.Close()
	soon(t, "CLOSE_WAIT", func() {
		if r := <-done; r.err != nil || r.socket.GetTcpState() != "CLOSE_WAIT" {
			t.Errorf("WaitTCPState = %v, %v", r.socket, r.err)
		}
	})
	l := must[*Listener](t)(s.Listen(ctx, "tcp", "127.0.0.1:0"))
	if got, err := l.WaitTCPState(ctx, "LISTEN"); err != nil || got.GetTcpState() != "LISTEN" {
		t.Errorf("WaitTCPState = %v, %v", got, err)
	}
	go func() {
		socket, err := l.WaitTCPState(ctx, "CLOSE")
		done <- result{socket, err}
	}()
	_ = l.Close()
	soon(t, "the wait on a closed socket", func() {
		if r := <-done; r.err == nil || r.socket != nil {
			t.Errorf("WaitTCPState on a closed socket = %v, %v", r.socket, r.err)
		}
	})
	if _, err := far.WaitTCPState(ctx, "established"); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD {
		t.Errorf("a word that is no state: %v", err)
	}
}
