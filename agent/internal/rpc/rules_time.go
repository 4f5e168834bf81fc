//go:build linux

package rpc

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/proto/wire"
)

// maxNanos is the most that Duration.nanos may be, of either sign.
const maxNanos = 999_999_999

// lasting refuses a span that is malformed or not low to high; nil passes. or
// is what else it may be, for the refusal's text.
func lasting(a at, d *durationpb.Duration, low, high time.Duration, or string) {
	if d == nil {
		return
	}
	seconds, nanos := d.GetSeconds(), d.GetNanos()
	switch {
	case nanos < -maxNanos || nanos > maxNanos:
		a.bad("must have nanos of 0 to %d, has %d", maxNanos, nanos)
	case seconds > 0 && nanos < 0, seconds < 0 && nanos > 0:
		a.bad("must have seconds and nanos of one sign, has %d and %d", seconds, nanos)
	case d.AsDuration() < low, d.AsDuration() > high: // AsDuration is cut to what fits
		a.bad("must be %s to %s seconds%s, is %s", inSeconds(low), inSeconds(high), or, secondsText(seconds, nanos))
	}
}

func inSeconds(d time.Duration) string {
	return secondsText(int64(d/time.Second), int32(d%time.Second))
}

// secondsText is "-1.5" for -1 s and -500,000,000 ns. Both have one sign.
func secondsText(seconds int64, nanos int32) string {
	sign := ""
	magnitude := uint64(seconds)
	if seconds < 0 || nanos < 0 {
		sign, magnitude, nanos = "-", -magnitude, -nanos
	}
	text := fmt.Sprintf("%s%d", sign, magnitude)
	if nanos != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%09d", nanos), "0")
	}
	return text
}

const orUnset = " or unset"

func wait[M proto.Message](get func(M) *durationpb.Duration) func(at, M) {
	return func(a at, m M) { lasting(a, get(m), 0, wire.MaxWait, orUnset) }
}

// waits says whether a request may block although it says don't wait.
func waits(d *durationpb.Duration) bool { return d != nil && d.AsDuration() > 0 }

func ttl[M proto.Message](get func(M) *durationpb.Duration) func(at, M) {
	return func(a at, m M) { lasting(a, get(m), wire.MinTTL, a.f.maxTTL, orUnset) }
}

func span(get func(option) *durationpb.Duration) func(at, option) {
	return func(a at, m option) { lasting(a, get(m), 0, wire.MaxSocketTimeout, "") }
}
