//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// linkRules is what nft does to the control link: lossPercent of the packets are
// dropped in each direction, 100 being a partition. The kernel draws which.
func linkRules(port string, lossPercent int) string {
	loss := fmt.Sprintf("numgen random mod 100 < %d counter drop", lossPercent)
	if lossPercent == 100 {
		loss = "counter drop"
	}
	return strings.NewReplacer("PORT", port, "LOSS", loss).Replace(`table inet link
delete table inet link
table inet link {
 chain in {
  type filter hook input priority 0
  tcp dport PORT LOSS
 }
 chain out {
  type filter hook output priority 0
  tcp sport PORT LOSS
 }
}
`)
}

// linked is a client in host b whose control connection runs over the lab's link
// to host a, from where a proxy that cuts nothing leads to the agent.
type linked struct {
	lab   *lab
	proxy *runningProxy
	port  string // of the proxy
	agent *agentProcess
}

func newLinked(t testing.TB) *linked {
	t.Helper()
	l := newHosts(t)
	k := &linked{lab: l, agent: startAgent(t, "", "")}
	k.proxy = startProxy(t, k.agent, l.a.namespace, proxyPlan{Network: "tcp", Listen: l.a.ip4 + ":0"})
	k.port = k.proxy.address[strings.LastIndexByte(k.proxy.address, ':')+1:]
	return k
}

// loses makes the link lose so many percent of its packets.
func (k *linked) loses(t testing.TB, percent int) {
	t.Helper()
	must(t, linkRules(k.port, percent), "ip", "netns", "exec", k.lab.a.namespace, "nft", "-f", "-")
}

// transfer starts one through gates, from host b.
func (k *linked) transfer(t testing.TB, count *faultCount, random *rand.Rand, g *gates) (*transfer, <-chan struct{}) {
	t.Helper()
	x := newTransfer(t, k.agent, count, g.run(), random, g.through)
	conn, err := connectBy(t, k.proxy.from(k.lab.b.namespace)).Conn(t.Context(), x.name)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.carry(t, conn)
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return x, done
}

// partitions are how long the link is gone, each time.
func partitions(random *rand.Rand) []time.Duration {
	switch {
	case full:
		all := make([]time.Duration, 12)
		for i := range all {
			all[i] = 2*time.Second + time.Duration(random.IntN(180))*100*time.Millisecond
		}
		all[0] = 20 * time.Second // beyond the 15 s of keep-alive
		return all
	case testing.Short():
		return []time.Duration{2 * time.Second}
	}
	return []time.Duration{2 * time.Second, 8 * time.Second}
}

// TestFaultPartition: the link between client and agent loses packets all the
// time, and again and again all of them for seconds, with bytes under way in
// both directions: TCP comes back, or the client attaches again; every byte
// arrives once.
func TestFaultPartition(t *testing.T) {
	t.Parallel()
	const loss = 3
	random, count := faultRandom(t), countFaults(t, "control link: 3 % loss and partitions")
	lengths := partitions(random)
	k, g := newLinked(t), newGates(t, len(lengths), 1<<20)
	k.loses(t, loss)
	x, done := k.transfer(t, count, random, g)
	g.strike(t, x, done, func(round int, opened func()) {
		k.loses(t, 100)
		opened()
		began := time.Now()
		<-time.After(lengths[round]) // what was drawn; nothing is waited for
		k.loses(t, loss)
		count.faults.Add(1)
		t.Logf("partition of %v", time.Since(began).Round(10*time.Millisecond))
	})
	<-done
	x.verdict(t)
	count.says("of %v", lengths)
}

// TestFaultControlDestroyed: `ss -K` destroys the client's end of the control
// connection, again and again, with bytes under way: it gets ECONNABORTED and
// the agent's side a reset.
func TestFaultControlDestroyed(t *testing.T) {
	t.Parallel()
	random, count := faultRandom(t), countFaults(t, "control connection: ss -K")
	rounds, underWay := 10, 0
	if full {
		rounds = 100
	}
	k, g := newLinked(t), newGates(t, rounds, 2<<20)
	x, done := k.transfer(t, count, random, g)
	established := []string{"-H", "-t", "-n", "state", "established", "dst", k.proxy.address}
	g.strike(t, x, done, func(round int, opened func()) {
		// The one before may have been destroyed behind the last byte.
		eventually(t, func() error {
			if strings.Count(k.lab.b.tool(t, append([]string{"ss"}, established...)...), "\n") != 1 {
				return errors.New("no control connection")
			}
			return nil
		})
		opened()
		destroyed := k.lab.b.tool(t, append([]string{"ss", "-K"}, established...)...)
		if n := strings.Count(destroyed, "\n"); n != 1 {
			t.Fatalf("ss -K destroyed %d connections: %s", n, destroyed)
		}
		if next := int64(round+2) * g.every; x.up.n.Load() < next || x.down.n.Load() < next {
			underWay++
		}
		count.faults.Add(1)
	})
	<-done
	x.verdict(t)
	count.says("%d while bytes were still to come", underWay)
	t.Logf("%d control connections destroyed, %d while bytes were still to come", rounds, underWay)
}
