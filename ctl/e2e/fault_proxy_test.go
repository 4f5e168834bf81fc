//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
)

// The proxy is a process between a client and its agent that carries bytes and,
// at byte offsets drawn from a seed, cuts the connection that carries that byte.
// The offsets count the bytes of both directions and of all connections, so a
// seed replays its schedule whatever the programs make of each cut.
const (
	proxyRole     = "proxy"
	proxyVariable = "FARSOCK_E2E_PROXY" // a proxyPlan as JSON
)

func init() { roles[proxyRole] = runProxy }

// cutKind is how a connection ends. Each plan takes them in turn.
type cutKind string

const (
	// cutFIN: both ends read the end of the stream, in order.
	cutFIN cutKind = "FIN"
	// cutRST: the ends get ECONNRESET. On TCP it is a RST segment; unix sockets,
	// which have none, tell it to the peer of one that is closed with bytes
	// unread. The proxy waits for some from the client and says if they came.
	cutRST cutKind = "RST"
	// cutHole: nothing is read or written any more, in either direction, and
	// nobody is told. After a while, or when the client has given up, both ends
	// are reset, the agent's later than the client's.
	cutHole cutKind = "blackhole"
)

var cutTurns = []cutKind{cutFIN, cutRST, cutHole}

// proxyPlan is all that a proxy is told. Immutable.
type proxyPlan struct {
	Network, Listen string // "unix" and a path, or "tcp" and HOST:PORT
	Target          string // the agent's unix socket
	Seed            uint64
	Cuts            int   // how many; after them the proxy only carries
	Gap             int64 // bytes from one cut to the next, on average: half to one and a half of it
	// PatienceEvery makes every so manieth hole last until the client gives up,
	// the first included; 0: none. The others last up to half a second.
	PatienceEvery int
}

// proxyNews is a line of the proxy's stdout: first where it listens, then one
// for each cut.
type proxyNews struct {
	Listening string  `json:",omitempty"`
	Cut       int     `json:",omitempty"` // from 1
	Kind      cutKind `json:",omitempty"`
	At        int64   `json:",omitempty"` // offset
	// What the proxy had seen at that moment on the Stream RPCs of that
	// connection: bytes sent by the client whose `applied` had not gone through
	// to it, and bytes sent by the agent whose `ack` had not gone through.
	Up, Down int64 `json:",omitempty"`
	GaveUp   bool  `json:",omitempty"` // the client left the hole by itself
	Reset    bool  `json:",omitempty"` // of cutRST: the client got it
}

// proxy is the process's state.
type proxy struct {
	plan proxyPlan // immutable

	mu      sync.Mutex
	random  *rand.Rand    // guarded by mu
	carried int64         // guarded by mu; bytes that went through
	next    int64         // guarded by mu; where the next cut is
	cuts    int           // guarded by mu; that were made
	holes   int           // guarded by mu; that were made
	out     *json.Encoder // guarded by mu
}

// runProxy serves until it is killed.
func runProxy() int {
	var plan proxyPlan
	err := json.Unmarshal([]byte(os.Getenv(proxyVariable)), &plan)
	if err == nil {
		err = newProxy(plan).serve()
	}
	fmt.Fprintln(os.Stderr, "proxy:", err)
	return 1
}

func newProxy(plan proxyPlan) *proxy {
	p := &proxy{plan: plan, random: rand.New(rand.NewPCG(plan.Seed, 0)), out: json.NewEncoder(os.Stdout)}
	p.next = p.gap()
	return p
}

func (p *proxy) serve() error {
	l, err := net.Listen(p.plan.Network, p.plan.Listen)
	if err != nil {
		return err
	}
	p.tell(proxyNews{Listening: l.Addr().String()})
	for {
		client, err := l.Accept()
		if err != nil {
			return err
		}
		// The process ends with its test, and these with it.
		go p.carry(client.(stopper))
	}
}

// gap draws the distance to the next cut; p.mu is held, or nobody else is there.
func (p *proxy) gap() int64 {
	if p.plan.Gap == 0 {
		return 1 << 62
	}
	return max(1, p.plan.Gap/2+p.random.Int64N(p.plan.Gap))
}

// take counts the bytes that a connection is about to pass on, and says how many
// of them it may; with fewer than asked, or exactly up to the offset of a cut,
// cut is what has to follow.
func (p *proxy) take(n int) (pass int, cut *proxyNews, hold holeLength) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts >= p.plan.Cuts || p.carried+int64(n) < p.next {
		p.carried += int64(n)
		return n, nil, holeLength{}
	}
	pass = int(p.next - p.carried)
	p.carried = p.next
	p.cuts++
	cut = &proxyNews{Cut: p.cuts, Kind: cutTurns[(p.cuts-1)%len(cutTurns)], At: p.next}
	if cut.Kind == cutHole {
		hold = p.hole()
	}
	p.next += p.gap()
	return pass, cut, hold
}

// tell writes a line; not while p.mu is held.
func (p *proxy) tell(news proxyNews) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.out.Encode(news); err != nil {
		os.Exit(0) // the test is over
	}
}
