//go:build linux

package rpc_test

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// modelPeer is the other end of the socket under test, a program with the
// kernel's socket. It reads all the time unless it is stalled.
type modelPeer struct {
	conn    net.Conn
	to      net.Addr // of datagrams; nil on a connection
	items   bool     // datagrams or packets
	reading sync.WaitGroup

	mu      sync.Mutex
	news    chan struct{} // closed and replaced with each read
	gate    chan struct{} // nil, or open to the reader once closed
	bytes   []byte        // read from a stream
	grams   [][]byte      // read from a datagram socket
	failure error         // why reading ended; io.EOF in order
}

// peerBuffer is what the peer's kernel may keep in each direction.
const peerBuffer = 64 << 10

func newPeer(conn net.Conn, to net.Addr, items bool) (*modelPeer, error) {
	p := &modelPeer{conn: conn, to: to, items: items, news: make(chan struct{})}
	if c, ok := conn.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		if err := errors.Join(c.SetReadBuffer(peerBuffer), c.SetWriteBuffer(peerBuffer)); err != nil {
			return nil, err
		}
	}
	p.reading.Go(p.read)
	return p, nil
}

func (p *modelPeer) read() {
	buffer := make([]byte, 64<<10)
	for {
		p.mu.Lock()
		gate := p.gate
		p.mu.Unlock()
		if gate != nil {
			<-gate
		}
		n, err := p.conn.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) { // stalled
			continue
		}
		p.mu.Lock()
		switch {
		case err != nil:
			p.failure = err
		case p.items:
			p.grams = append(p.grams, append([]byte(nil), buffer[:n]...))
		default:
			p.bytes = append(p.bytes, buffer[:n]...)
		}
		close(p.news)
		p.news = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// stall makes the peer stop reading, or go on.
func (p *modelPeer) stall(on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case on && p.gate == nil:
		p.gate = make(chan struct{})
		return p.conn.SetReadDeadline(time.Unix(1, 0))
	case !on && p.gate != nil:
		err := p.conn.SetReadDeadline(time.Time{})
		close(p.gate)
		p.gate = nil
		return err
	}
	return nil
}

func (p *modelPeer) stalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate != nil
}

// write sends what lies between two offsets.
func (p *modelPeer) write(from, to int64) error {
	if err := p.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if !p.items {
		_, err := p.conn.Write(bytesOf(peerName, from, to))
		return err
	}
	for ; from < to; from++ {
		var err error
		if p.to == nil {
			_, _, err = p.conn.(*net.UnixConn).WriteMsgUnix(datagramOf(peerName, from), nil, nil)
		} else {
			_, err = p.conn.(net.PacketConn).WriteTo(datagramOf(peerName, from), p.to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// close ends the connection, by a reset if it can.
func (p *modelPeer) close(abort bool) error {
	if c, ok := p.conn.(*net.TCPConn); ok && abort {
		if err := c.SetLinger(0); err != nil {
			return err
		}
	}
	err := p.conn.Close()
	if unstall := p.stall(false); unstall != nil && !errors.Is(unstall, net.ErrClosed) {
		return unstall
	}
	p.reading.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// state is how much was read so far, what tells of more, and why there is none.
func (p *modelPeer) state() (n int64, news <-chan struct{}, failure error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.bytes) + len(p.grams)), p.news, p.failure
}

// await waits until the peer has read so much, or its reading ended.
func (p *modelPeer) await(to int64) (int64, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		n, news, failure := p.state()
		switch {
		case n >= to:
			return n, nil
		case failure != nil:
			return n, failure
		}
		select {
		case <-news:
		case <-late.C:
			return n, os.ErrDeadlineExceeded
		}
	}
}
