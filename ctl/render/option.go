package render

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Option writes an option as `--option` takes it: "reuse-address=1",
// "linger=off", "TCP_SYNCNT=3", and "raw:1:9=1" where the numbers have no name
// of their own.
func Option(o *farsockv1.SocketOption) string {
	m := o.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("option"))
	if field == nil {
		return "unknown"
	}
	if raw, ok := o.GetOption().(*farsockv1.SocketOption_Raw); ok {
		return rawOption(raw.Raw)
	}
	return OptionName(field.Name()) + "=" + optionValue(m.Get(field))
}

// OptionName is ctl's spelling of an option's field: "reuse-address" for
// reuse_address.
func OptionName(field protoreflect.Name) string {
	return strings.ReplaceAll(string(field), "_", "-")
}

func optionValue(v protoreflect.Value) string {
	switch v := v.Interface().(type) {
	case bool:
		if v {
			return "1"
		}
		return "0"
	case string:
		return Escape(v)
	case protoreflect.Message:
		switch v := v.Interface().(type) {
		case *farsockv1.Linger:
			if !v.GetOn() {
				return "off"
			}
			return strconv.Itoa(int(v.GetSeconds()))
		case *farsockv1.MulticastMembership:
			return membership(v)
		case *durationpb.Duration:
			return exactSpan(v.AsDuration())
		}
		return "unknown"
	default:
		return Escape(fmt.Sprint(v))
	}
}

func membership(m *farsockv1.MulticastMembership) string {
	s := m.GetGroup()
	if m.GetInterfaceName() != "" {
		s += "%" + m.GetInterfaceName()
	}
	if m.GetSource() != "" {
		s += "," + m.GetSource()
	}
	return Escape(s)
}

// exactSpan is Span without its rounding.
func exactSpan(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-len(zero)+1]
		}
	}
	return s
}

func rawOption(o *farsockv1.RawOption) string {
	if c, ok := optionsByNumber()[optionNumbers{o.GetLevel(), o.GetName()}]; ok {
		if value, fits := c.value(o); fits {
			return c.Name + "=" + value
		}
	}
	name := fmt.Sprintf("raw:%d:%d=", o.GetLevel(), o.GetName())
	if b, ok := o.GetValue().(*farsockv1.RawOption_BytesValue); ok {
		return name + "0x" + hex.EncodeToString(b.BytesValue)
	}
	return name + strconv.Itoa(int(o.GetIntValue()))
}
