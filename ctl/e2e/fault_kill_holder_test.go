//go:build linux

package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// holderRole is a client process that holds sockets of every kind until it is
// killed, or loses its session: an agent that cannot be reached is asked again.
// It says on stdout "session NAME" at first, "opened" for each socket, "ready" once it has them all, "renewed NS" after each renewal
// that the agent answered, NS being when it was asked for on the clock that all
// processes share, and at its end "lost REASON ENDED" as the agent's error has it.
const holderRole = "holder"

func init() { roles[holderRole] = holdUntilKilled }

// holderSettings is what a holder is told.
type holderSettings struct {
	endpoint string
	host     string // a loopback address that this client alone uses
	folder   string // exists; for unix sockets
	prefix   string // of their names there
	sockets  int
	ttl      time.Duration
	calls    bool // keep a Stream and a Receive under way
}

func (h holderSettings) environment() []string {
	return []string{
		"HOLDER_ENDPOINT=" + h.endpoint, "HOLDER_HOST=" + h.host, "HOLDER_FOLDER=" + h.folder, "HOLDER_PREFIX=" + h.prefix,
		"HOLDER_SOCKETS=" + strconv.Itoa(h.sockets), "HOLDER_TTL=" + h.ttl.String(), "HOLDER_CALLS=" + strconv.FormatBool(h.calls),
	}
}

func holderFromEnvironment() (h holderSettings, err error) {
	h.endpoint, h.host = os.Getenv("HOLDER_ENDPOINT"), os.Getenv("HOLDER_HOST")
	h.folder, h.prefix = os.Getenv("HOLDER_FOLDER"), os.Getenv("HOLDER_PREFIX")
	var bad [3]error
	h.sockets, bad[0] = strconv.Atoi(os.Getenv("HOLDER_SOCKETS"))
	h.ttl, bad[1] = time.ParseDuration(os.Getenv("HOLDER_TTL"))
	h.calls, bad[2] = strconv.ParseBool(os.Getenv("HOLDER_CALLS"))
	return h, errors.Join(bad[:]...)
}

// sharedNow is the monotonic clock that all processes of the host share.
func sharedNow() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err) // the clock is always there
	}
	return time.Duration(ts.Nano())
}

func holdUntilKilled() int {
	h, err := holderFromEnvironment()
	if err == nil {
		err = h.hold(context.Background())
	}
	if info, ok := wire.InfoOf(err); ok {
		fmt.Println("lost", wire.ReasonName(info.Reason), info.Metadata["ended"])
	}
	fmt.Fprintln(os.Stderr, "holder:", err)
	return 1
}

// hold returns only if something fails.
func (h holderSettings) hold(ctx context.Context) error {
	c, err := farsock.Dial(ctx, h.endpoint)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	s, err := c.OpenSession(ctx, farsock.SessionConfig{TTL: h.ttl})
	if err != nil {
		return err
	}
	name := wire.SessionName(s.UID())
	failed := make(chan error, 3)
	fmt.Println("session", name)
	go func() { failed <- h.renew(ctx, c, name) }()
	if err := h.open(ctx, c, name, failed); err != nil {
		return err
	}
	fmt.Println("ready")
	for err := range failed {
		// A call ends with its connection; the session does not.
		if _, told := wire.InfoOf(err); told {
			return err
		}
	}
	return nil // nobody closes it
}

func (h holderSettings) renew(ctx context.Context, c *farsock.Client, session string) error {
	tick := time.NewTicker(h.ttl / 4)
	defer tick.Stop()
	for {
		asked := sharedNow()
		_, err := c.Sessions.RenewSession(ctx, &farsockv1.RenewSessionRequest{Name: session})
		switch _, told := wire.InfoOf(err); {
		case err == nil:
			fmt.Println("renewed", asked.Nanoseconds())
		case told:
			return err
		}
		<-tick.C
	}
}

// open makes the sockets: a listener; connections to it, both ends held; and
// unix listeners, unix datagram sockets and UDP sockets in turn.
func (h holderSettings) open(ctx context.Context, c *farsock.Client, session string, failed chan<- error) error {
	make1 := func(req *farsockv1.OpenRequest) (*farsockv1.Socket, error) {
		req.Session, req.RequestId = session, uuid.NewString()
		res, err := c.Sockets.Open(ctx, req)
		if err == nil {
			err = farsock.OutcomeErr("open", res.GetOutcome())
		}
		if err == nil {
			fmt.Println("opened")
		}
		return res.GetSocket(), err
	}
	own, err := wire.ParseInet(h.host + ":0")
	if err != nil {
		return err
	}
	tcp := func() *farsockv1.OpenRequest {
		return &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Bind: own}
	}
	listen := tcp()
	listen.Listen = &farsockv1.ListenStage{Backlog: proto.Int32(16)}
	listener, err := make1(listen)
	if err != nil {
		return err
	}
	for made := 1; made < h.sockets; {
		if left := h.sockets - made; left < 2 || made > h.sockets/2 {
			if _, err := make1(h.single(made, own)); err != nil {
				return err
			}
			made++
			continue
		}
		dial := tcp()
		dial.Connect = listener.GetLocal()
		near, err := make1(dial)
		if err != nil {
			return err
		}
		res, err := c.Sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: wire.SocketUID(listener.GetUid()), RequestId: uuid.NewString()})
		if err == nil {
			err = farsock.OutcomeErr("accept", res.GetOutcome())
		}
		if err != nil {
			return err
		}
		fmt.Println("opened")
		if h.calls && made == 1 {
			if err := h.keepCalls(ctx, c, near, res.GetSocket(), failed); err != nil {
				return err
			}
		}
		made += 2
	}
	return nil
}

// single is the request for the n-th socket, one without a peer.
func (h holderSettings) single(n int, own *farsockv1.Address) *farsockv1.OpenRequest {
	path := wire.UnixPath(filepath.Join(h.folder, h.prefix+strconv.Itoa(n)))
	switch n % 3 {
	case 0:
		return &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
			Bind: path, Listen: &farsockv1.ListenStage{}}
	case 1:
		return &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, Bind: path}
	}
	return &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, Bind: own}
}

// keepCalls leaves a Stream on one socket and a Receive on the other under way.
func (h holderSettings) keepCalls(ctx context.Context, c *farsock.Client, streamed, received *farsockv1.Socket, failed chan<- error) error {
	stream, err := c.Sockets.Stream(ctx)
	if err != nil {
		return err
	}
	attach := &farsockv1.Attach{Socket: wire.SocketUID(streamed.GetUid()), Holder: uuid.NewString(), Epoch: 1}
	if err := stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: attach}}); err != nil {
		return err
	}
	if _, err := stream.Recv(); err != nil {
		return err
	}
	go func() {
		_, err := stream.Recv()
		failed <- err
	}()
	go func() {
		_, err := c.Sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: wire.SocketUID(received.GetUid())})
		failed <- err
	}()
	return nil
}

// holder is a holder's process as the test sees it.
type holder struct {
	*process
	holderSettings
}

func startHolder(t testing.TB, h holderSettings) *holder {
	t.Helper()
	return &holder{startProcess(t, roleCommand(t, holderRole, h.environment()...)), h}
}

// ready waits until the holder has its sockets.
func (h *holder) ready(t testing.TB) {
	t.Helper()
	if err := retry(patience, func() error {
		select {
		case <-h.done:
			t.Fatalf("holder ended: %s", h.stderr.String())
		default:
		}
		if !strings.Contains(h.stdout.String(), "ready\n") {
			return errors.New("still opening its sockets")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// session is the name of its session; it is ready.
func (h *holder) session(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(h.stdout.String()) {
		if name, ok := strings.CutPrefix(line, "session "); ok {
			return strings.TrimSpace(name)
		}
	}
	t.Fatalf("no session in %q", h.stdout.String())
	return ""
}

// renewed is when the last renewal was asked for that the agent answered; the
// process has ended.
func (h *holder) renewed(t testing.TB) time.Duration {
	t.Helper()
	<-h.done
	var last time.Duration
	lines := bufio.NewScanner(strings.NewReader(h.stdout.String()))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "renewed "); ok {
			ns, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				break // cut off by the kill
			}
			last = time.Duration(ns)
		}
	}
	return last
}
