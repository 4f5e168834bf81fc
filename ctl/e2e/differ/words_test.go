//go:build linux

package differ

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/ctl/e2e/posix"
)

// plain is an operation without anything to choose.
func plain(c posix.Call) word {
	return func(_ *rapid.T, n int) posix.Op { return posix.Op{Call: c, Socket: n} }
}

// pick is one of a list, each as likely as any other; rapid's own choice prefers
// the first by far. It shrinks to the first.
func pick[T any](t *rapid.T, label string, list []T) T {
	n := 0
	for range 10 {
		n *= 2
		if rapid.Bool().Draw(t, label) {
			n++
		}
	}
	return list[n%len(list)]
}

// weigh repeats a word, so that it is drawn more often.
func weigh(times int, w word) []word {
	words := make([]word, times)
	for i := range words {
		words[i] = w
	}
	return words
}

func sending(flags ...posix.Flags) word {
	return func(t *rapid.T, n int) posix.Op {
		return posix.Op{
			Call: posix.Send, Socket: n, Data: pick(t, "data", []string{"", "a", "bc", "hello, world"}),
			Flags: pick(t, "flags", append(flags, 0, 0)),
		}
	}
}

func receiving(flags ...posix.Flags) word {
	return func(t *rapid.T, n int) posix.Op {
		return posix.Op{
			Call: posix.Receive, Socket: n, Size: pick(t, "size", []int{0, 1, 3, 50}),
			Flags: pick(t, "flags", append(flags, 0, 0)),
		}
	}
}

// options sets and reads some.
func options(set map[string][]string, read ...string) word {
	names := append([]string{"error"}, read...)
	for name := range set {
		names = append(names, name)
	}
	return func(t *rapid.T, n int) posix.Op {
		name := pick(t, "option", sorted(names))
		if values := set[name]; len(values) > 0 && rapid.Bool().Draw(t, "set") {
			return posix.Op{Call: posix.SetOption, Socket: n, Option: name, Value: pick(t, "value", values)}
		}
		return posix.Op{Call: posix.GetOption, Socket: n, Option: name}
	}
}

var onOff = []string{"true", "false"}

// stages are what every socket has.
var stages = slices.Concat(
	weigh(3, plain(posix.Bind)),
	weigh(4, plain(posix.Connect)),
	weigh(3, plain(posix.Accept)),
	weigh(1, plain(posix.LocalName)),
	weigh(1, plain(posix.PeerName)),
	weigh(1, plain(posix.Close)),
	weigh(3, func(t *rapid.T, n int) posix.Op {
		// No fuller than the sequence can make it: a SYN that finds no room
		// is sent again a second later.
		return posix.Op{Call: posix.Listen, Socket: n, Backlog: rapid.IntRange(8, 30).Draw(t, "backlog")}
	}),
	weigh(2, func(t *rapid.T, n int) posix.Op {
		return posix.Op{Call: posix.Shutdown, Socket: n, How: pick(t, "how", []posix.How{posix.Read, posix.Write, posix.Both})}
	}),
	weigh(1, func(t *rapid.T, n int) posix.Op {
		return posix.Op{Call: posix.Poll, Socket: n, Events: pick(t, "events", []string{"in", "out", "pri in", "rdhup", ""})}
	}),
)

var tcpWords = slices.Concat(
	weigh(9, receiving(posix.Peek, posix.OOB, posix.OOB|posix.Peek, posix.DontWait, posix.WaitAll, posix.Peek|posix.WaitAll, posix.ErrorQueue)),
	weigh(8, sending(posix.OOB, posix.DontWait, posix.EndOfRecord)),
	weigh(1, plain(posix.Disconnect)),
	weigh(1, plain(posix.Abort)),
	weigh(3, options(map[string][]string{
		"reuse_address": onOff, "reuse_port": onOff, "no_delay": onOff, "keep_alive": onOff, "out_of_band_inline": onOff,
		"linger": {"off", "0"}, "receive_low_water": {"1", "3"}, "ttl": {"64", "0", "300"}, "keep_alive_idle": {"5", "0"},
		"traffic_class": {"8"}, "v6_only": onOff, "max_segment": {"500", "5"},
	}, "congestion_control", "send_timeout")),
)

var udpWords = slices.Concat(
	weigh(9, receiving(posix.Peek, posix.OOB, posix.DontWait, posix.WaitAll, posix.ErrorQueue)),
	weigh(8, sending(posix.More, posix.OOB, posix.DontWait, posix.Confirm)),
	weigh(2, plain(posix.Disconnect)),
	weigh(2, batches),
	weigh(3, options(map[string][]string{
		"reuse_address": onOff, "reuse_port": onOff, "broadcast": onOff, "packet_info": onOff, "receive_ttl": onOff,
		"receive_traffic_class": onOff, "error_queue": onOff, "timestamps": onOff, "ttl": {"64", "0", "300"}, "v6_only": onOff,
		"mtu_discovery": {"0", "2"}, "no_delay": onOff,
	}, "mtu")),
)

var unixWords = slices.Concat(
	weigh(9, receiving(posix.Peek, posix.OOB, posix.DontWait, posix.WaitAll)),
	weigh(8, sending(posix.OOB, posix.DontWait)),
	weigh(1, plain(posix.Disconnect)),
	weigh(2, options(map[string][]string{"reuse_address": onOff, "timestamps": onOff, "no_delay": onOff, "linger": {"off", "3"}}, "ttl")),
)

var unixDatagramWords = weigh(3, batches)

// batches sends or receives several at once.
func batches(t *rapid.T, n int) posix.Op {
	count := rapid.IntRange(1, 4).Draw(t, "count")
	if rapid.Bool().Draw(t, "receive") {
		return posix.Op{Call: posix.ReceiveMany, Socket: n, Size: 20, Count: count}
	}
	op := posix.Op{Call: posix.SendMany, Socket: n}
	for i := range count {
		op.Messages = append(op.Messages, posix.Message{Data: "batch"[:i+1]})
	}
	return op
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}
