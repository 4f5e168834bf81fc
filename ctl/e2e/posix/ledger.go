//go:build linux

package posix

import "sync"

// ledger is what the answers of the kernel to one socket's operations add up to.
// An operation may run in the background.
type ledger struct {
	mu                  sync.Mutex
	read, sent          int  // guarded by mu; bytes (messages)
	descriptors         int  // guarded by mu
	readShut, writeShut bool // guarded by mu
	hadPeer             bool // guarded by mu; TCP: it was connected since it was made or disconnected
	named               bool // guarded by mu; bind named the port, so that it stays
	child               bool // guarded by mu; the port is its listener's
	in, out             *records
	waiting             []link // guarded by mu; a seqpacket listener's clients that nobody accepted yet
}

// records counts the records of one direction of a seqpacket connection that
// were sent and not received.
type records struct {
	mu sync.Mutex
	n  int // guarded by mu
}

// link is a seqpacket connection.
type link struct{ toServer, toClient *records }

// link makes a connection known to its listener, which has the address.
func (d *Direct) link(s *socket, op Op) {
	for _, n := range d.Live() {
		l := d.socket(n)
		if l.typ != Seqpacket || l == s || d.names.decode(l.fd, d.address(l, op.Address)) != d.name(l, sysGetsockname).Address || !listening(l.fd) {
			continue
		}
		c := link{&records{}, &records{}}
		s.ledger.mu.Lock()
		s.ledger.in, s.ledger.out = c.toClient, c.toServer
		s.ledger.mu.Unlock()
		l.ledger.mu.Lock()
		l.ledger.waiting = append(l.ledger.waiting, c)
		l.ledger.mu.Unlock()
		return
	}
}

// accepted begins a connection's ledger.
func (l *ledger) accepted(listener *ledger) {
	l.hadPeer, l.child = true, true
	listener.mu.Lock()
	defer listener.mu.Unlock()
	if w := listener.waiting; len(w) > 0 {
		l.in, l.out, listener.waiting = w[0].toServer, w[0].toClient, w[1:]
	}
}

func (l *ledger) connected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hadPeer = true
}

// port says of a TCP socket whose state is CLOSE whether it was connected,
// whether its port is its own for good, and whether it never was its own.
func (l *ledger) port() (hadPeer, named, child bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hadPeer, l.named, l.child
}

// took counts bytes that were sent.
func (l *ledger) took(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent += n
}

// records is how many are there to be received.
func (l *ledger) records() int {
	l.mu.Lock()
	in := l.in
	l.mu.Unlock()
	return in.add(0)
}

func (l *ledger) hasRecord() bool { return l.records() > 0 }

// add counts n more and returns how many there are then; nil has none.
func (r *records) add(n int) int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n += n
	return r.n
}
