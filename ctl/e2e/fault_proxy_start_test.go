//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/farsock/farsock/ctl/farsock"
)

// runningProxy is the proxy's process, seen by the test.
type runningProxy struct {
	*process
	network   string // immutable; as its plan
	namespace string // immutable; where it listens
	address   string // immutable; where it listens
}

// startProxy starts a proxy before an agent, in a network namespace ("" is the
// test's own). A plan without a network listens on a unix socket beside the
// agent's.
func startProxy(t testing.TB, a *agentProcess, namespace string, plan proxyPlan) *runningProxy {
	t.Helper()
	plan.Target = a.socket
	if plan.Network == "" {
		plan.Network, plan.Listen = "unix", filepath.Join(filepath.Dir(a.socket), "proxy.sock")
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	cmd := roleCommand(t, proxyRole, proxyVariable+"="+string(text))
	if namespace != "" {
		ip := must(t, "", "sh", "-c", "command -v ip")
		cmd.Args = append([]string{"ip", "netns", "exec", namespace}, cmd.Path)
		cmd.Path = strings.TrimSpace(ip)
	}
	p := &runningProxy{process: startProcess(t, cmd), network: plan.Network, namespace: namespace}
	eventually(t, func() error {
		select {
		case <-p.done:
			t.Fatalf("the proxy ended: %s", p.stderr.String())
		default:
		}
		if p.address == "" {
			if news := p.news(t); len(news) > 0 {
				p.address = news[0].Listening
			}
		}
		if p.address == "" {
			return errors.New("the proxy does not listen")
		}
		return nil
	})
	return p
}

// endpoint is what --agent takes, of a proxy on a unix socket.
func (p *runningProxy) endpoint() string { return "unix://" + p.address }

// from lets the SDK come to a proxy on TCP out of a network namespace.
func (p *runningProxy) from(namespace string) farsock.Option {
	return farsock.WithDialer(func(context.Context) (net.Conn, error) {
		return dialIn(namespace, p.network, p.address)
	})
}

// news is all that the proxy has told.
func (p *runningProxy) news(t testing.TB) []proxyNews {
	t.Helper()
	var all []proxyNews
	text := p.stdout.String()
	for line := range strings.Lines(text[:strings.LastIndexByte(text, '\n')+1]) {
		var n proxyNews
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			t.Fatalf("the proxy said %q: %v", line, err)
		}
		all = append(all, n)
	}
	return all
}

// cutTally sums up what a proxy did.
type cutTally struct {
	cuts, underWay, gaveUp, resets int
	kinds                          map[cutKind]int
	up, down                       int64 // the bytes under way at all cuts together
}

// tally waits until the proxy has told of n cuts.
func (p *runningProxy) tally(t testing.TB, n int) cutTally {
	t.Helper()
	eventually(t, func() error {
		if told := len(p.news(t)) - 1; told < n {
			return fmt.Errorf("the proxy told of %d cuts, not %d", told, n)
		}
		return nil
	})
	sum := cutTally{kinds: map[cutKind]int{}}
	for _, cut := range p.news(t)[1:] {
		sum.cuts++
		sum.kinds[cut.Kind]++
		if cut.Up+cut.Down > 0 {
			sum.underWay++
		}
		if cut.GaveUp {
			sum.gaveUp++
		}
		if cut.Reset {
			sum.resets++
		}
		sum.up, sum.down = sum.up+cut.Up, sum.down+cut.Down
	}
	return sum
}

func (s cutTally) String() string {
	return fmt.Sprintf("%d cuts (%d FIN; %d RST, of which the client got %d; %d blackhole, of which %d until it gave up), %d with bytes under way (together %d up, %d down)",
		s.cuts, s.kinds[cutFIN], s.kinds[cutRST], s.resets, s.kinds[cutHole], s.gaveUp, s.underWay, s.up, s.down)
}
