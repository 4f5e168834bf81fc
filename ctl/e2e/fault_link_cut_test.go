//go:build linux

package e2e

import (
	"testing"
	"time"
)

// cutPatience bounds a transfer under cuts; 500 of them with the clients that
// have to give up first take minutes.
const cutPatience = 20 * time.Minute

// cutRun is the amount of a transfer that is cut.
type cutRun struct {
	size     int64 // bytes each way
	cuts     int
	patience int // as proxyPlan.PatienceEvery
}

func cutRunOf() cutRun {
	switch {
	case full:
		return cutRun{size: 64 << 20, cuts: 500, patience: 25}
	case testing.Short():
		return cutRun{size: 2 << 20, cuts: 15}
	}
	return cutRun{size: 6554 << 10, cuts: 50, patience: 100}
}

// plan spreads the cuts over the transfer such that all of them happen before it
// can end: what is cut off is carried again.
func (r cutRun) plan(seed uint64) proxyPlan {
	return proxyPlan{Seed: seed, Cuts: r.cuts, Gap: 2 * r.size * 9 / 10 / int64(r.cuts), PatienceEvery: r.patience}
}

// watchHeap returns the most live heap that the agent has until done is closed.
func (a *agentProcess) watchHeap(t testing.TB, done <-chan struct{}) (most int64) {
	t.Helper()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		most = max(most, a.heap(t).live)
		select {
		case <-done:
			return max(most, a.heap(t).live)
		case <-tick.C:
		}
	}
}

// judgeCuts fails the test unless all cuts happened, and enough of them with
// bytes under way.
func judgeCuts(t testing.TB, p *runningProxy, run cutRun, count *faultCount, grown int64) {
	t.Helper()
	const mostGrown = 32 << 20
	sum := p.tally(t, run.cuts)
	count.faults.Add(int64(sum.cuts))
	count.says("%d with bytes under way, heap +%d KiB", sum.underWay, grown>>10)
	t.Log(sum)
	t.Logf("the agent's heap grew by at most %d KiB", grown>>10)
	if sum.resets == 0 {
		t.Errorf("none of %d resets reached the client", sum.kinds[cutRST])
	}
	if sum.cuts != run.cuts || sum.underWay < run.cuts*8/10 {
		t.Errorf("want %d cuts, at least %d with bytes under way", run.cuts, run.cuts*8/10)
	}
	if grown >= mostGrown {
		t.Errorf("the agent's heap grew by %d bytes, the bound is %d", grown, mostGrown)
	}
}

// TestFaultCutStream: `ctl stream` carries megabytes both ways at once while a
// proxy cuts its connection to the agent again and again: no byte is lost, none
// comes twice, and ctl ends as if nothing had been.
func TestFaultCutStream(t *testing.T) {
	t.Parallel()
	random := faultRandom(t)
	count, run := countFaults(t, "cuts under ctl stream"), cutRunOf()
	u, a := newUser(t), startAgent(t, "", "127.0.0.1:"+freePort(t))
	p := startProxy(t, a, "", run.plan(random.Uint64()))
	before := a.heap(t).live
	x := newTransfer(t, a, count, run, random, nil)
	then := a.atRest(t)
	cmd := u.command(t, "--agent", p.endpoint(), "stream", x.name)
	cmd.Stdin, cmd.Stdout = x.sources[0], slowly{x.down}
	stream := startProcess(t, cmd)
	most := a.watchHeap(t, stream.done)
	stream.wait(t, cutPatience).want(t, 0)
	x.verdict(t)
	judgeCuts(t, p, run, count, most-before)
	a.backAtRest(t, then, nil)
	t.Logf("took %v", stream.took.Round(time.Millisecond))
}

// TestFaultCutConn: the same of the SDK's net.Conn, over TCP, where a reset is
// a RST segment.
func TestFaultCutConn(t *testing.T) {
	t.Parallel()
	random := faultRandom(t)
	count, run := countFaults(t, "cuts under the SDK's Conn, TCP"), cutRunOf()
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	plan := run.plan(random.Uint64())
	plan.Network, plan.Listen = "tcp", "127.0.0.1:0"
	p := startProxy(t, a, "", plan)
	before := a.heap(t).live
	x := newTransfer(t, a, count, run, random, nil)
	c := connectBy(t, p.from(""))
	conn, err := c.Conn(t.Context(), x.name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	began := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.carry(t, conn)
	}()
	most := a.watchHeap(t, done)
	took := time.Since(began)
	x.verdict(t)
	judgeCuts(t, p, run, count, most-before)
	t.Logf("took %v", took.Round(time.Millisecond))
}
