//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// datagramRules drop by a datagram's first byte, which is drawn from the seed:
// nft's own chance could not be replayed. What the sender's host drops the
// kernel tells to the sender, as EPERM; what the receiver's host drops it tells
// nobody. Both are counted.
const datagramRules = `table inet datagrams {
 counter refused {}
 counter dropped {}
 chain out {
  type filter hook output priority 0
  udp dport 8200 @th,64,8 >= 245 counter name refused drop
 }
 chain in {
  type filter hook input priority 0
  udp dport 8200 @th,64,8 < 40 counter name dropped drop
 }
}
`

// The same as the rules have it.
func nftRefuses(first byte) bool { return first >= 245 }
func nftDrops(first byte) bool   { return first < 40 }

// knowEachOther makes the neighbours of two hosts static: a datagram that waits
// for its neighbour's address may be dropped, and nobody counts those.
func knowEachOther(t testing.TB, hosts ...*host) {
	t.Helper()
	for _, h := range hosts {
		mac := strings.TrimSpace(h.tool(t, "cat", "/sys/class/net/eth0/address"))
		for _, other := range hosts {
			if other != h {
				other.tool(t, "ip", "neigh", "replace", h.ip4, "lladdr", mac, "dev", "eth0", "nud", "permanent")
			}
		}
	}
}

// netFigures are what a lab's kernels counted of datagrams.
type netFigures struct {
	refused, dropped    int64 // by nft, at the sender and at the receiver
	out                 int64 // OutDatagrams of the sender
	in, full, errors    int64 // InDatagrams, RcvbufErrors and InErrors of the receiver
	linkDrops, backlogs int64 // of the lab's own links; of all links of this machine
}

// minus is what was counted since.
func (f netFigures) minus(before netFigures) netFigures {
	return netFigures{
		refused: f.refused - before.refused, dropped: f.dropped - before.dropped, out: f.out - before.out,
		in: f.in - before.in, full: f.full - before.full, errors: f.errors - before.errors,
		linkDrops: f.linkDrops - before.linkDrops, backlogs: f.backlogs - before.backlogs,
	}
}

// figures reads them, b being the sender and a the receiver.
func (l *lab) figures(t testing.TB) netFigures {
	t.Helper()
	to, from := l.a.snmpUDP(t), l.b.snmpUDP(t)
	return netFigures{
		refused: l.b.nftCounter(t, "datagrams", "refused"), dropped: l.a.nftCounter(t, "datagrams", "dropped"),
		out: from["OutDatagrams"], in: to["InDatagrams"], full: to["RcvbufErrors"], errors: to["InErrors"],
		linkDrops: linkDrops(t, l.a.namespace) + linkDrops(t, l.b.namespace) + linkDrops(t, l.bridges()),
		backlogs:  backlogDrops(t),
	}
}

// snmpUDP is the host's row of /proc/net/snmp.
func (h *host) snmpUDP(t testing.TB) map[string]int64 {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(h.tool(t, "cat", "/proc/net/snmp")) {
		if strings.HasPrefix(line, "Udp: ") {
			rows = append(rows, strings.Fields(line)[1:])
		}
	}
	if len(rows) != 2 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("/proc/net/snmp: %v", rows)
	}
	row := map[string]int64{}
	for i, name := range rows[0] {
		n, err := strconv.ParseInt(rows[1][i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		row[name] = n
	}
	return row
}

// nftCounter is how many packets a counter of a table has seen.
func (h *host) nftCounter(t testing.TB, table, name string) int64 {
	t.Helper()
	var all struct {
		Nftables []struct {
			Counter *struct {
				Name    string
				Packets int64
			}
		}
	}
	text := h.tool(t, "nft", "-j", "list", "counters", "table", "inet", table)
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all.Nftables {
		if one.Counter != nil && one.Counter.Name == name {
			return one.Counter.Packets
		}
	}
	t.Fatalf("nft has no counter %q: %s", name, text)
	return 0
}

// linkDrops is what the links of a namespace dropped on sending, which for a
// veth is what found no room at its other end.
func linkDrops(t testing.TB, namespace string) (sum int64) {
	t.Helper()
	var links []struct {
		Stats64 struct{ TX struct{ Dropped int64 } }
	}
	text := must(t, "", "ip", "-n", namespace, "-j", "-s", "link", "show", "type", "veth")
	if err := json.Unmarshal([]byte(text), &links); err != nil {
		t.Fatal(err)
	}
	if len(links) == 0 {
		t.Fatalf("no links in %s: %s", namespace, text)
	}
	for _, link := range links {
		sum += link.Stats64.TX.Dropped
	}
	return sum
}

// backlogDrops is /proc/net/softnet_stat's second column, of all processors: it
// is the machine's, so that other tests may move it as well.
func backlogDrops(t testing.TB) (sum int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/net/softnet_stat")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var processed, dropped int64
		if _, err := fmt.Sscanf(line, "%x %x", &processed, &dropped); err != nil {
			t.Fatalf("/proc/net/softnet_stat: %q: %v", line, err)
		}
		sum += dropped
	}
	return sum
}
