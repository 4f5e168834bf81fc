//go:build linux

package rpc

import (
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/proto/wire"
)

// maxViolations and maxViolationBytes bound how much one refusal tells: a second
// violation has to fit in the latter. The refusal travels in HTTP/2 trailers,
// which clients of other languages cap at 8 KiB, each text three times, two of
// them in base64.
const (
	maxViolations     = 16
	maxViolationBytes = 1800
)

// table is what the contract's comments say about one message: a rule for each
// field that can be wrong, and the names of those that cannot.
type table[M proto.Message] struct {
	rules []rule[M]
	free  []string // fields that may hold anything, or whose range only the socket knows
}

// rule judges one field, or one oneof, and reports at that field's path.
type rule[M proto.Message] struct {
	field string
	check func(at, M)
}

func (t *table[M]) apply(a at, m M) {
	for _, r := range t.rules {
		r.check(a.field(r.field), m)
	}
}

// check is the edge: nothing of a request is acted upon before it. Unknown
// fields come first, then all malformed ones together.
func check[M proto.Message](t *table[M], m M, maxTTL time.Duration) error {
	if err := refuseUnknown(m); err != nil {
		return err
	}
	f := &findings{maxTTL: maxTTL}
	t.apply(at{f: f}, m)
	return f.err()
}

// findings collects what is wrong with one request.
type findings struct {
	maxTTL time.Duration // the agent's longest lease
	bad    []wire.Violation
	bytes  int // what their texts take
	more   int // violations beyond the bounds
}

func (f *findings) err() error {
	if f.more > 0 {
		last := &f.bad[len(f.bad)-1]
		last.Description += fmt.Sprintf(" (and %d more violations)", f.more)
	}
	if len(f.bad) > 0 {
		return wire.InvalidFields(f.bad...)
	}
	return nil
}

// at is a place in a request.
type at struct {
	f    *findings
	path string
}

func (a at) field(name string) at {
	if a.path != "" {
		name = a.path + "." + name
	}
	return at{a.f, name}
}

func (a at) index(i int) at { return at{a.f, a.path + "[" + strconv.Itoa(i) + "]"} }

func (a at) bad(format string, args ...any) {
	v := wire.Violation{Field: a.path, Description: fmt.Sprintf(format, args...)}
	size := len(v.Field) + len(v.Description)
	if n := len(a.f.bad); n == maxViolations || n > 0 && a.f.bytes+size > maxViolationBytes {
		a.f.more++
		return
	}
	a.f.bytes += size
	a.f.bad = append(a.f.bad, v)
}

// invalid is a single violation that only the socket itself could show.
func invalid(field, format string, args ...any) error {
	return wire.InvalidFields(wire.Violation{Field: field, Description: fmt.Sprintf(format, args...)})
}
