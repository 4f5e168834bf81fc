//go:build linux

package rpc_test

import (
	"math"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// filler makes messages of the contract out of a fuzzer's bytes, a decision a
// byte. Where the bytes have run out every decision is 0, the usual: no bytes make
// a good request, and each byte that a fuzzer changes spoils or varies one thing.
type filler struct {
	in     []byte
	world  *fuzzWorld
	offset int64 // where the next data of a stream starts, if it is to be good
}

func (f *filler) byte() byte {
	if len(f.in) == 0 {
		return 0
	}
	b := f.in[0]
	f.in = f.in[1:]
	return b
}

// more says whether there is anything left to decide by.
func (f *filler) more() bool { return len(f.in) > 0 }

func (f *filler) raw() []byte {
	n := min(int(f.byte()), len(f.in))
	b := f.in[:n]
	f.in = f.in[n:]
	return b
}

func pick[E any](f *filler, from []E) E { return from[int(f.byte())%len(from)] }

// The decisions on one field; each takes some of a byte's 256 values.
const (
	usual  = 0x80 // below: unset, or what most requests have there
	chosen = 0xc0 // below: from the list of telling values
	// above: anything
)

// message fills m. An odd byte at its end adds a field that no agent knows.
func (f *filler) message(m protoreflect.Message) {
	if d, ok := m.Interface().(*durationpb.Duration); ok {
		f.duration(d)
		return
	}
	usually, fields := usualFields[m.Descriptor().FullName()], m.Descriptor().Fields()
	oneofs := map[protoreflect.Name]bool{}
	for i := range fields.Len() {
		field := fields.Get(i)
		if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() {
			if oneofs[one.Name()] {
				continue
			}
			oneofs[one.Name()] = true
			f.oneof(m, one, usually)
			continue
		}
		switch b := f.byte(); {
		case b < usual:
			if usually[field.Name()] {
				f.set(m, field, 0)
			}
		default:
			f.set(m, field, b)
		}
	}
	if f.byte() == 0xff {
		unknown(m.Interface())
	}
	hurry(m)
	f.confine(m)
}

func (f *filler) oneof(m protoreflect.Message, one protoreflect.OneofDescriptor, usually map[protoreflect.Name]bool) {
	b := f.byte()
	if b >= usual {
		f.set(m, one.Fields().Get(int(f.byte())%one.Fields().Len()), b)
		return
	}
	for i := range one.Fields().Len() {
		if field := one.Fields().Get(i); usually[field.Name()] {
			f.set(m, field, 0)
		}
	}
}

// counts are lengths of lists, those beyond the contract's bounds among them.
var counts = []int{1, 2, 3, 16, 17, 64, 65, 0, 1025, 2049}

// set gives a field a value; how is one of the decisions.
func (f *filler) set(m protoreflect.Message, field protoreflect.FieldDescriptor, how byte) {
	if !field.IsList() {
		if field.Message() != nil {
			f.message(m.Mutable(field).Message())
			return
		}
		m.Set(field, f.scalar(field, how))
		return
	}
	list, n := m.Mutable(field).List(), 1
	if how >= usual {
		n = pick(f, counts)
	}
	for i := range n {
		switch {
		case field.Message() == nil:
			list.Append(f.scalar(field, how))
		case i < 4:
			f.message(list.AppendMutable().Message())
		default:
			list.AppendMutable() // what is wrong with many is their number
		}
	}
}

// numbers are those at which something changes.
var numbers = []int64{0, 1, -1, 2, 3, 5, 24, 64, 65, 1000, 1001, 1024, 4096, 4097, 8192, 8193, 65535, 65536, 1 << 20, 1<<20 + 1,
	math.MaxInt32, math.MinInt32, math.MaxUint32, math.MaxInt64, math.MinInt64}

func (f *filler) scalar(field protoreflect.FieldDescriptor, how byte) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		if how >= chosen {
			return protoreflect.ValueOfEnum(protoreflect.EnumNumber(f.number()))
		}
		return protoreflect.ValueOfEnum(values.Get(max(1, int(f.byte())%values.Len())).Number())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(f.text(field, how))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(f.bytes(how))
	}
	n := f.usualNumber(field.Name())
	if how >= usual {
		n = f.number()
	}
	switch field.Kind() {
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(n))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(n))
	}
	return protoreflect.ValueOfInt64(n)
}

func (f *filler) usualNumber(name protoreflect.Name) int64 {
	switch name {
	case "offset":
		return f.offset
	case "epoch":
		f.world.epoch++
		return f.world.epoch
	case "port":
		return int64(f.world.port)
	}
	return 1
}

func (f *filler) number() int64 {
	if b := f.byte(); b >= usual {
		return int64(int8(f.byte()))<<8 | int64(f.byte())
	} else {
		return numbers[int(b)%len(numbers)]
	}
}

func (f *filler) bytes(how byte) []byte {
	switch {
	case how < usual:
		return []byte("x")
	case how < chosen:
		return make([]byte, pick(f, []int{0, 1, 4, 8, 12, 107, 108, 4096, 4097, 32000, 32768, 1 << 20, 1<<20 + 1}))
	}
	return f.raw()
}

func (f *filler) duration(d *durationpb.Duration) {
	if !f.more() {
		return
	}
	switch b := f.byte(); {
	case b < usual:
		d.Nanos = int32(pick(f, []int64{0, 1e6, 2e6, 1e3}))
	case b < chosen:
		proto.Merge(d, pick(f, []*durationpb.Duration{
			{Seconds: 5}, {Seconds: 60}, {Seconds: 4, Nanos: 999999999}, {Nanos: -1}, {Seconds: -1}, {Seconds: 86400}, {Seconds: 86400, Nanos: 1},
			{Seconds: 1, Nanos: -1}, {Nanos: 1000000000}, {Seconds: math.MaxInt64}, {Seconds: math.MinInt64}, {Nanos: math.MinInt32},
			{Seconds: 315576000000}, {Seconds: 9223372036}, {Seconds: 9223372037},
		}))
	default:
		d.Seconds, d.Nanos = f.number(), int32(f.number())
	}
}

func (f *filler) text(field protoreflect.FieldDescriptor, how byte) string {
	own := f.textsOf(field)
	switch {
	case how < usual:
		return own[0]
	case how < chosen:
		if b := f.byte(); b < usual {
			return own[int(b)%len(own)]
		} else {
			return texts[int(b)%len(texts)]
		}
	}
	return strings.ToValidUTF8(string(f.raw()), "?")
}

// confine keeps a request within the namespace and the folder of the test.
func (f *filler) confine(m protoreflect.Message) {
	inside := func(path string) string {
		if path == "" || strings.HasPrefix(path, f.world.dir) || len(path) > wire.MaxUnixPathBytes {
			return path
		}
		return f.world.dir + "/" + strings.ReplaceAll(path, "/", "_")
	}
	space := func(s string) string {
		if s == "" {
			return f.world.netns
		}
		if s != f.world.netns && strings.HasPrefix(s, "/") {
			return "/proc/self/ns/none"
		}
		return s
	}
	switch m := m.Interface().(type) {
	case *farsockv1.UnixAddress:
		m.Path = inside(m.GetPath())
	case *farsockv1.OpenRequest:
		m.NetworkNamespace = space(m.GetNetworkNamespace())
	case *farsockv1.ResolveRequest:
		m.NetworkNamespace = space(m.GetNetworkNamespace())
	}
}
