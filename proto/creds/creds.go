// Package creds tells each end of a local connection who the other is: the
// kernel's word for the peer of a unix socket, as gRPC transport credentials.
package creds

import (
	"context"
	"net"
	"sync/atomic"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
)

// Peer is the process at the other end of a unix socket, as it was when it
// connected (for a client asking about a server: when it called listen(2)).
type Peer struct {
	UID    uint32
	GID    uint32   // the effective, so usually the primary, group
	Groups []uint32 // supplementary groups; empty where the kernel does not say
	PID    int32    // 0 if the peer lives in a pid namespace that is not visible here
}

// Member says whether the peer is in a group, by its primary or a
// supplementary one.
func (p Peer) Member(gid uint32) bool {
	if p.GID == gid {
		return true
	}
	for _, g := range p.Groups {
		if g == gid {
			return true
		}
	}
	return false
}

// Auth is the AuthInfo of connections that Server has accepted.
type Auth struct {
	credentials.CommonAuthInfo
	// Peer is who connected. Immutable.
	Peer Peer
	// Refusal says why this peer is not admitted; empty if it is. Immutable.
	Refusal string
	// Conn is the connection as it was accepted: whoever accepts may know more
	// of it. For looking at; gRPC reads, writes and closes it. Immutable.
	Conn net.Conn

	answered *atomic.Int32 // refused calls that got a detailed answer
}

// AuthType is "unix".
func (Auth) AuthType() string { return "unix" }

// ValidateAuthority accepts every :authority: the kernel vouches for the peer,
// and on a unix socket the name means nothing.
func (Auth) ValidateAuthority(string) error { return nil }

// FirstRefusals is true for the first n calls on a connection that is not
// admitted. What comes after may be ended without an explanation.
func (a Auth) FirstRefusals(n int32) bool {
	return a.answered != nil && a.answered.Add(1) <= n
}

// FromContext returns what Server found out about a call's connection; false if
// the call did not come through Server.
func FromContext(ctx context.Context) (Auth, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return Auth{}, false
	}
	a, ok := p.AuthInfo.(Auth)
	return a, ok
}

// Client is what a client uses over a unix socket or a pipe to one: the bytes
// as they are. The agent asks the kernel who the client is.
func Client() credentials.TransportCredentials { return insecure.NewCredentials() }

// PeerOf asks the kernel who is at the other end of a unix socket. The error
// wraps errors.ErrUnsupported where the system or the connection cannot say. A
// client uses it to make sure that a socket in a shared folder is served by
// whom it thinks.
func PeerOf(conn net.Conn) (Peer, error) { return peerOf(conn) }
