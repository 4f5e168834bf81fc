//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// manySockets is how many sockets TestFaultManySockets opens, by how many clients.
func manySockets() (sockets, clients int) {
	switch {
	case full:
		return 10_000, 50
	case testing.Short():
		return 300, 12
	}
	return 1000, 50
}

// TestFaultManySockets: clients open and close sockets at random, of every kind, while
// their calls are cancelled, their connections cut, their processes killed and
// their sessions left to expire. Afterwards the agent has the goroutines and
// descriptors that it began with, and the kernel none of the sockets.
func TestFaultManySockets(t *testing.T) {
	t.Parallel()
	needSS(t)
	row := countFaults(t, "cuts, cancels, kills, leases run out")
	random := faultRandom(t)
	sockets, clients := manySockets()
	a := startAgent(t, "", "127.0.0.1:"+freePort(t), "--max-sessions-per-user", "1000")
	if err := connectTo(t, a.endpoint()).Close(); err != nil { // or the agent may still be starting
		t.Fatal(err)
	}
	then := a.atRest(t)
	others := len(a.kernelSockets(t).rows)
	folder, err := os.MkdirTemp(workDir, "m")
	if err != nil {
		t.Fatal(err)
	}
	crowd := &crowd{endpoint: a.endpoint(), socket: a.socket, folder: folder, row: row, peer: restlessPeer(t)}
	crowd.want.Store(int64(sockets))

	var all sync.WaitGroup
	failed := make([]error, clients)
	for i := range clients {
		own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		if i%5 == 0 {
			all.Go(func() { failed[i] = crowd.processes(t, own, i) })
		} else {
			all.Go(func() { failed[i] = crowd.client(t.Context(), own, i) })
		}
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Error(err)
	}
	if n := crowd.opened.Load(); n < int64(sockets) {
		t.Errorf("only %d sockets were opened, want %d", n, sockets)
	}
	a.backAtRest(t, then, nil)
	row.left.Add(int64(a.socketsBeyond(t, others)))
	if paths, err := os.ReadDir(folder); err != nil || len(paths) > 0 {
		t.Errorf("unix paths were left: %v %v", paths, err)
	}
	row.says("%d sockets opened by %d clients, %d cuts, %d cancels, %d kills, %d leases run out; back to %d goroutines, %d descriptors",
		crowd.opened.Load(), clients, crowd.cuts.Load(), crowd.cancels.Load(), crowd.kills.Load(), crowd.abandoned.Load(), then.goroutines, then.descriptors)
}

// crowd is what all clients of TestFaultManySockets share.
type crowd struct {
	endpoint, socket string // immutable: the agent
	folder           string // immutable: for unix sockets
	peer             string // immutable: HOST:PORT of something that takes connections
	row              *faultCount

	want, opened                    atomic.Int64 // sockets
	cuts, cancels, kills, abandoned atomic.Int64
}

// more says whether sockets are still wanted.
func (c *crowd) more() bool { return c.opened.Load() < c.want.Load() }

// fault counts one of a kind.
func (c *crowd) fault(kind *atomic.Int64) {
	kind.Add(1)
	c.row.faults.Add(1)
}

// processes runs one holder process after the other and kills each at a random
// moment.
func (c *crowd) processes(t testing.TB, random *rand.Rand, number int) error {
	for life := 0; c.more(); life++ {
		h := holderSettings{endpoint: c.endpoint, host: fmt.Sprintf("127.23.%d.%d", number, life%250+1),
			folder: c.folder, sockets: 5 + random.IntN(20), ttl: 5 * time.Second, calls: random.IntN(2) == 0}
		// One name for each process' paths: they share the folder.
		h.prefix = fmt.Sprintf("%d-%d-", number, life)
		p := startHolder(t, h)
		if random.IntN(2) == 0 {
			p.ready(t)
		} else {
			<-time.After(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
		}
		p.kill()
		<-p.done
		if strings.Contains(p.stderr.String(), "holder:") {
			return fmt.Errorf("a holder ended by itself: %s", p.stderr.String())
		}
		c.opened.Add(int64(strings.Count(p.stdout.String(), "opened\n")))
		c.fault(&c.kills)
	}
	return nil
}
