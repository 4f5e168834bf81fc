//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// restlessPeer takes connections and, in turn, holds them, ends them, resets
// them or sends some bytes. It ends with the test.
func restlessPeer(t testing.TB) (address string) {
	t.Helper()
	l := peerListener(t)
	var held []net.Conn
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			switch n % 4 {
			case 0:
				_ = c.Close()
				continue
			case 1:
				_ = c.SetLinger(0)
				_ = c.Close()
				continue
			case 2:
				_, _ = c.Write(make([]byte, 4000)) // fits any queue
			}
			held = append(held, c)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
		for _, c := range held {
			_ = c.Close()
		}
	})
	return l.Addr().String()
}

// cutter dials the agent and cuts what it dialed.
type cutter struct {
	socket string // immutable

	mu   sync.Mutex
	conn net.Conn // guarded by mu; the last
}

func (c *cutter) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.socket)
	if err == nil {
		c.mu.Lock()
		c.conn = conn
		c.mu.Unlock()
	}
	return conn, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close() // it may be closed already
}

// member is one client of the crowd that is a goroutine.
type member struct {
	*crowd
	random  *rand.Rand
	number  int
	client  *farsock.Client
	line    *cutter
	session string   // resource name; "" before there is one
	live    []string // sockets' resource names that it knows of
	paths   int
}

// client opens and closes sockets until enough are opened.
func (c *crowd) client(ctx context.Context, random *rand.Rand, number int) error {
	line := &cutter{socket: c.socket}
	client, err := farsock.Dial(ctx, c.endpoint, farsock.WithDialer(line.dial))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	m := &member{crowd: c, random: random, number: number, client: client, line: line}
	for c.more() {
		if err := m.step(ctx); err != nil {
			return fmt.Errorf("client %d: %w", number, err)
		}
	}
	return nil
}

// step does one thing, which may be cancelled or cut in the middle. It returns
// only errors that no fault of ours explains.
func (m *member) step(ctx context.Context) error {
	cancelled, cut := m.random.IntN(10) == 0, m.random.IntN(20) == 0
	moment := time.Duration(m.random.Int64N(int64(3 * time.Millisecond)))
	if cancelled {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, moment)
		defer cancel()
	}
	if cut {
		timer := time.AfterFunc(moment, m.line.cut)
		defer func() {
			if timer.Stop() {
				m.line.cut()
			}
			m.fault(&m.cuts)
		}()
	}
	err := m.act(ctx)
	// The agent's word that the deadline passed may come before our own clock.
	if cancelled && (ctx.Err() != nil || status.Code(err) == codes.DeadlineExceeded) {
		m.fault(&m.cancels)
		return nil
	}
	info, _ := wire.InfoOf(err)
	switch {
	case err == nil, farsock.Unreachable(err):
		return nil
	case info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:
		m.session, m.live = "", nil // five seconds without a call
		return nil
	case info.Reason == farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND,
		info.Reason == farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED:
		return nil // closed by a call whose answer was lost
	}
	return err
}

func (m *member) act(ctx context.Context) error {
	if m.session == "" {
		res, err := m.client.Sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{Ttl: durationpb.New(5 * time.Second)})
		if err == nil {
			m.session = wire.SessionName(res.GetSession().GetUid())
		}
		return err
	}
	switch n := m.random.IntN(100); {
	case n < 2: // leaves its session to run out
		m.session, m.live = "", nil
		m.fault(&m.abandoned)
		return nil
	case n < 4:
		_, err := m.client.Sessions.CloseSession(ctx, &farsockv1.CloseSessionRequest{Name: m.session})
		m.session, m.live = "", nil
		return err
	case n < 35 && len(m.live) > 0:
		i := m.random.IntN(len(m.live))
		_, err := m.client.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: m.live[i]})
		m.live = slices.Delete(m.live, i, i+1)
		return err
	case n < 45 && len(m.live) > 0:
		return m.wait(ctx, m.live[m.random.IntN(len(m.live))])
	}
	return m.open(ctx)
}

// wait leaves calls that nothing may answer to be cancelled.
func (m *member) wait(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(5*time.Millisecond))))
	defer cancel()
	var err error
	switch m.random.IntN(3) {
	case 0:
		_, err = m.client.Sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: socket})
	case 1:
		_, err = m.client.Sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: socket, RequestId: uuid.NewString()})
	case 2:
		var stream farsockv1.SocketService_StreamClient
		if stream, err = m.client.Sockets.Stream(ctx); err != nil {
			break
		}
		_ = stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{
			Attach: &farsockv1.Attach{Socket: socket, Holder: uuid.NewString(), Epoch: 1}}}) // Recv has the reason
		for err == nil {
			_, err = stream.Recv()
		}
	}
	switch status.Code(err) {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.FailedPrecondition, codes.Unavailable, codes.NotFound:
		return nil // cancelled, cut, or another call of ours has the socket
	}
	if errors.Is(err, io.EOF) { // the stream was over
		return nil
	}
	return err
}

func (m *member) open(ctx context.Context) error {
	inet := func(port int32) *farsockv1.Address {
		return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: "127.0.0.1", Port: proto.Int32(port)}}}
	}
	req := &farsockv1.OpenRequest{Session: m.session, RequestId: uuid.NewString(),
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM}
	switch m.random.IntN(4) {
	case 0:
		req.Bind, req.Listen = inet(0), &farsockv1.ListenStage{}
	case 1:
		peer, err := wire.ParseInet(m.peer)
		if err != nil {
			return err
		}
		req.Connect = peer
	case 2:
		req.Type, req.Bind = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, inet(0)
	case 3:
		m.paths++
		req.Family = farsockv1.Family_FAMILY_UNIX
		req.Bind, req.Listen = wire.UnixPath(filepath.Join(m.folder, fmt.Sprintf("c%d-%d", m.number, m.paths))), &farsockv1.ListenStage{}
	}
	res, err := m.client.Sockets.Open(ctx, req)
	if err != nil {
		return err
	}
	switch res.GetOutcome().GetCode() {
	case farsockv1.OutcomeCode_OUTCOME_CODE_DONE:
	case farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED, // cancelled
		farsockv1.OutcomeCode_OUTCOME_CODE_RESET: // the peer's is quicker than the agent
		return nil
	default:
		return farsock.OutcomeErr("open", res.GetOutcome())
	}
	m.opened.Add(1)
	m.live = append(m.live, wire.SocketUID(res.GetSocket().GetUid()))
	return nil
}
