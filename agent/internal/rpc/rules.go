//go:build linux

package rpc

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/farsock/farsock/proto/wire"
)

// The kinds of rule that several messages share.

// nested applies a table to a message field, if it is there.
func nested[M, N proto.Message](t *table[N], get func(M) N) func(at, M) {
	return func(a at, m M) {
		if n := get(m); n.ProtoReflect().IsValid() {
			t.apply(a, n)
		}
	}
}

func socketRef[M proto.Message](get func(M) string) func(at, M) {
	return func(a at, m M) {
		if _, err := wire.ParseSocket(get(m)); err != nil {
			a.bad("%v; is %s", err, quoted(get(m)))
		}
	}
}

func sessionRef[M proto.Message](get func(M) string) func(at, M) {
	return func(a at, m M) {
		if _, err := wire.ParseSession(get(m)); err != nil {
			a.bad("%v; is %s", err, quoted(get(m)))
		}
	}
}

// optionalName allows the empty name, for which the agent gives one.
func optionalName[M proto.Message](get func(M) string) func(at, M) {
	return func(a at, m M) {
		if s := get(m); s != "" && !wire.ValidName(s) {
			a.bad("must be empty or 1 to %d letters, digits, '-' and '_', is %s", wire.MaxNameBytes, quoted(s))
		}
	}
}

func requestID[M proto.Message](get func(M) string) func(at, M) {
	return func(a at, m M) {
		s := get(m)
		if s == "" {
			return
		}
		if id, err := uuid.Parse(s); err != nil || id.String() != s {
			a.bad("must be empty or a UUID in its 36-character form, in lower case, is %s", quoted(s))
		}
	}
}

type integer interface{ ~int | ~int32 | ~int64 }

func within[N integer](a at, n, low, high N) {
	if n < low || n > high {
		a.bad("must be %d to %d, is %d", low, high, n)
	}
}

func optionalWithin[M proto.Message](get func(M) *int32, low, high int32) func(at, M) {
	return func(a at, m M) {
		if n := get(m); n != nil {
			within(a, *n, low, high)
		}
	}
}

// offset refuses what lies before all offsets; others only the socket can judge.
func offset[M any](get func(M) *int64) func(at, M) {
	return func(a at, m M) {
		if n := get(m); n != nil && *n < 0 {
			a.bad("must be 0 or more, is %d", *n)
		}
	}
}

func pageSize[M proto.Message](get func(M) int32) func(at, M) {
	return func(a at, m M) { within(a, get(m), 0, wire.MaxPageSize) }
}

type enum interface {
	comparable
	fmt.Stringer
	protoreflect.Enum
}

// oneOf names the values that an enum field may have.
func oneOf[M proto.Message, E enum](get func(M) E, allowed ...E) func(at, M) {
	return func(a at, m M) {
		v := get(m)
		names := make([]string, len(allowed))
		for i, e := range allowed {
			if v == e {
				return
			}
			names[i] = e.String()
		}
		a.bad("must be one of %s, is %d", strings.Join(names, ", "), v.Number())
	}
}
