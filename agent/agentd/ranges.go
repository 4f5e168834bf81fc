package agentd

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/farsock/farsock/proto/wire"
)

const (
	// leastCalls lets one client have a Stream, its session's renewals and a
	// call beside them at a time, also with half of it for each user.
	leastCalls = 4
	// leastHeld is four of the largest payloads, so that one finds room beside
	// what streams hold in any case.
	leastHeld = 4 * wire.MaxUnaryBytes
	// leastTransit is four, since what a client sends and what it is answered
	// count, and a message that is too long is read before it is refused. A
	// client with one call at a time does not come to it alone; beside others it
	// can, if it has most of all.
	leastTransit = 4 * wire.MaxMessageBytes
	// mostCount and mostBytes are far above what a host has, and far enough
	// below where sums overflow.
	mostCount = 1 << 30
	mostBytes = 1 << 40
	// mostTTL is a year.
	mostTTL = 365 * 24 * time.Hour
)

// span is a bound of Limits and the values that it may have.
type span struct {
	flag               string // without its dashes
	value, least, most int64  // value is 0 where it was not set
	text               func(int64) string
}

// spans are all bounds. Below the least the agent would be of no use to anyone.
func (l *Limits) spans() []span {
	count := func(flag string, n, least int) span {
		return span{flag, int64(n), int64(least), mostCount, func(n int64) string { return strconv.FormatInt(n, 10) }}
	}
	return []span{
		count("max-connections", l.Connections, 1),
		count("max-connections-per-user", l.ConnectionsPerIdentity, 1),
		count("max-calls", l.Calls, leastCalls),
		count("max-calls-per-user", l.CallsPerIdentity, leastCalls),
		count("max-sessions", l.Sessions, 1),
		count("max-sessions-per-user", l.SessionsPerIdentity, 1),
		count("max-sockets", l.Sockets, 1),
		count("max-sockets-per-session", l.SocketsPerSession, 1),
		{"max-held-bytes", l.HeldBytes, leastHeld, mostBytes, sizeText},
		{"max-transit-bytes", l.TransitBytes, leastTransit, mostBytes, sizeText},
		{"max-ttl", int64(l.MaxTTL), int64(wire.MinTTL), int64(mostTTL), func(n int64) string { return durationText(time.Duration(n)) }},
	}
}

// inRange is a *ConfigError for the first bound outside of what it may be. Those
// that were not given are not looked at; nil: those that are 0.
func (l *Limits) inRange(given func(flag string) bool) error {
	for _, s := range l.spans() {
		switch {
		case given == nil && s.value == 0, given != nil && !given(s.flag), s.least <= s.value && s.value <= s.most:
			continue
		}
		return &ConfigError{Flag: "--" + s.flag, Err: fmt.Errorf("%s is not in %s to %s", s.text(s.value), s.text(s.least), s.text(s.most))}
	}
	return nil
}

// units are those of sizes, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// sizeText is a size as people write it: "256MiB", "1000000".
func sizeText(n int64) string {
	for _, u := range units {
		if u.bytes > 1 && n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// durationText is a duration without zeros at its end: "5s", "24h".
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// size is a flag's number of bytes: whole ones, of a unit or plain.
type size int64

var _ flag.Value = new(size)

func (s *size) String() string { return sizeText(int64(*s)) }

// Set is flag.Value's.
func (s *size) Set(text string) error {
	number, unit := text, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return fmt.Errorf("must be whole KiB, MiB, GiB or bytes, for example 256MiB or 268435456")
	}
	*s = size(n * unit)
	return nil
}

// duration is a flag's duration, with an example where it is none.
type duration time.Duration

var _ flag.Value = new(duration)

func (d *duration) String() string { return durationText(time.Duration(*d)) }

// Set is flag.Value's.
func (d *duration) Set(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("must be a duration with its unit, for example 90s, 15m or 1h30m")
	}
	*d = duration(v)
	return nil
}

// number is a flag's count.
type number int

var _ flag.Value = new(number)

func (n *number) String() string { return strconv.Itoa(int(*n)) }

// Set is flag.Value's.
func (n *number) Set(text string) error {
	v, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("must be a whole number, for example 100")
	}
	*n = number(v)
	return nil
}
