package creds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
)

const (
	// MaxRefused is how many connections of peers that are not admitted may be
	// open at once; further ones are closed unanswered.
	MaxRefused = 16
	// RefusedLife is how long each of them lives at most.
	RefusedLife = 10 * time.Second
)

// ServerConfig configures Server.
type ServerConfig struct {
	// Admit decides; it returns why not, or "". Required.
	Admit func(Peer) string
	// Refused, if set, is called once for each connection that is not
	// admitted, including those that are closed unanswered.
	Refused func(Peer, string)
}

// Server makes the agent's end of unix sockets. A peer that is not admitted
// still gets its connection, so that it can be told so in gRPC's terms rather
// than by an end of file: whoever serves has to look at Auth.Refusal before
// anything else. Such connections are few (MaxRefused) and short
// (RefusedLife).
func Server(cfg ServerConfig) credentials.TransportCredentials {
	return &server{cfg: cfg, refused: &atomic.Int32{}}
}

type server struct {
	cfg     ServerConfig  // immutable
	refused *atomic.Int32 // open connections of refused peers
}

var (
	errClientSide    = errors.New("creds: these credentials are a server's")
	errManyRefused   = errors.New("creds: too many connections of peers that are not admitted")
	errServerNameFix = errors.New("creds: a unix socket has no server name")
)

func (s *server) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	p, err := peerOf(conn)
	if err != nil {
		return nil, nil, fmt.Errorf("creds: who connected: %w", err)
	}
	a := Auth{
		CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
		Peer:           p,
		Refusal:        s.cfg.Admit(p),
		Conn:           conn,
	}
	if a.Refusal == "" {
		return conn, a, nil
	}
	if s.cfg.Refused != nil {
		s.cfg.Refused(p, a.Refusal)
	}
	if s.refused.Add(1) > MaxRefused {
		s.refused.Add(-1)
		return nil, nil, errManyRefused
	}
	a.answered = &atomic.Int32{}
	return newRefusedConn(conn, func() { s.refused.Add(-1) }), a, nil
}

func (s *server) ClientHandshake(context.Context, string, net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errClientSide
}

func (s *server) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "unix"}
}

// Clone shares the count of refused connections with the original.
func (s *server) Clone() credentials.TransportCredentials {
	c := *s
	return &c
}

func (s *server) OverrideServerName(string) error { return errServerNameFix }

// refusedConn is a connection that ends by itself after RefusedLife.
type refusedConn struct {
	net.Conn
	timer *time.Timer
	once  sync.Once // guards gone
	gone  func()
}

func newRefusedConn(conn net.Conn, gone func()) *refusedConn {
	c := &refusedConn{Conn: conn, gone: gone}
	c.timer = time.AfterFunc(RefusedLife, func() {
		c.once.Do(c.gone)
		conn.Close()
	})
	return c
}

func (c *refusedConn) Close() error {
	c.timer.Stop()
	c.once.Do(c.gone)
	return c.Conn.Close()
}
