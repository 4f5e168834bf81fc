//go:build linux

package e2e

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// lossyProxy carries the bytes of connections to an agent. When it is armed, it
// cuts the connection on which the next response comes, while that is on its
// way: the agent has done what was asked, and its client cannot know.
type lossyProxy struct {
	target string // immutable: the agent's unix socket
	ln     net.Listener
	loops  sync.WaitGroup
	armed  atomic.Int32 // at which of the response's frames to cut, from 1; 0: not armed
	lost   atomic.Int32 // responses thrown away
}

// responseFrames is what a unary response consists of: headers, message,
// trailers.
const responseFrames = 3

// startLossyProxy puts a proxy before an agent. The test's cleanup ends it,
// after the clients that were connected later.
func startLossyProxy(t testing.TB, a *agentProcess) *lossyProxy {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(filepath.Dir(a.socket), "lossy.sock"))
	if err != nil {
		t.Fatal(err)
	}
	p := &lossyProxy{target: a.socket, ln: ln}
	p.loops.Go(p.accept)
	t.Cleanup(func() { _ = ln.Close(); p.loops.Wait() })
	return p
}

func (p *lossyProxy) endpoint() string { return "unix://" + p.ln.Addr().String() }

func (p *lossyProxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.loops.Go(func() { p.carry(client) })
	}
}

// carry lasts until either side has gone or the proxy cut.
func (p *lossyProxy) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	agent, err := net.Dial("unix", p.target)
	if err != nil {
		return
	}
	defer func() { _ = agent.Close() }()
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(agent, client) // either way it is over
		_ = agent.Close()
	})
	p.down(client, bufio.NewReader(agent))
	_ = client.Close()
	_ = agent.Close()
	up.Wait()
}

// down copies HTTP/2 frame by frame: 3 bytes of length, 1 of type, 5 more.
// Types 0 and 1 are DATA and HEADERS, which only responses have.
func (p *lossyProxy) down(client io.Writer, agent io.Reader) {
	const header = 9
	var frame [header]byte
	seen := int32(0)
	for {
		if _, err := io.ReadFull(agent, frame[:]); err != nil {
			return
		}
		if at := p.armed.Load(); at == 0 {
			seen = 0
		} else if frame[3] <= 1 {
			if seen++; seen >= at {
				p.armed.Store(0)
				p.lost.Add(1)
				return
			}
		}
		length := int64(binary.BigEndian.Uint32(frame[:4]) >> 8)
		if _, err := client.Write(frame[:]); err != nil {
			return
		}
		if _, err := io.CopyN(client, agent, length); err != nil {
			return
		}
	}
}
