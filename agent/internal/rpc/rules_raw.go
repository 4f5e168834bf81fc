//go:build linux

package rpc

import (
	"math"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// rawWriteTable is for options that are being set.
var rawWriteTable = &table[*farsockv1.RawOption]{
	rules: append(rawNumbers,
		rule[*farsockv1.RawOption]{"value", func(a at, m *farsockv1.RawOption) {
			if m.GetValue() == nil {
				a.bad("int_value or bytes_value must be set")
			}
		}},
		rule[*farsockv1.RawOption]{"bytes_value", func(a at, m *farsockv1.RawOption) {
			if n := len(m.GetBytesValue()); n > wire.MaxOptionBytes {
				a.bad("must be at most %d bytes, is %d", wire.MaxOptionBytes, n)
			}
		}},
		rule[*farsockv1.RawOption]{"size", func(a at, m *farsockv1.RawOption) {
			if m.Size != nil {
				a.bad("must be unset when an option is set")
			}
		}},
	),
	free: []string{"int_value"},
}

// rawReadTable is for options that are asked for.
var rawReadTable = &table[*farsockv1.RawOption]{
	rules: append(rawNumbers,
		rule[*farsockv1.RawOption]{"value", func(a at, m *farsockv1.RawOption) {
			if m.GetValue() != nil {
				a.bad("must be unset when an option is asked for")
			}
		}},
		rule[*farsockv1.RawOption]{"size", optionalWithin(func(m *farsockv1.RawOption) *int32 { return m.Size }, 1, wire.MaxOptionBytes)},
	),
	free: []string{"int_value", "bytes_value"}, // judged by "value"
}

// rawNumbers has no room to grow, so that each append copies it.
var rawNumbers = []rule[*farsockv1.RawOption]{
	{"level", func(a at, m *farsockv1.RawOption) { within(a, m.GetLevel(), 0, math.MaxUint16) }},
	{"name", func(a at, m *farsockv1.RawOption) {
		within(a, m.GetName(), 0, math.MaxUint16)
		if sock.AgentsOwn(int(m.GetLevel()), int(m.GetName())) {
			a.bad("must not be %d at level %d: this option's value holds memory addresses or descriptors of the agent's process", m.GetName(), m.GetLevel())
		}
	}},
}
