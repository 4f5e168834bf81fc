package render

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Option writes an option as `--option` takes it: "reuse-address=1",
// "linger=5", "linger=off", "raw:1:9=1".
func Option(o *farsockv1.SocketOption) string {
	switch v := o.GetOption().(type) {
	case *farsockv1.SocketOption_Linger:
		if !v.Linger.GetOn() {
			return "linger=off"
		}
		return fmt.Sprintf("linger=%d", v.Linger.GetSeconds())
	case *farsockv1.SocketOption_Raw:
		name := fmt.Sprintf("raw:%d:%d=", v.Raw.GetLevel(), v.Raw.GetName())
		if b, ok := v.Raw.GetValue().(*farsockv1.RawOption_BytesValue); ok {
			return name + "0x" + hex.EncodeToString(b.BytesValue)
		}
		return name + strconv.Itoa(int(v.Raw.GetIntValue()))
	case nil:
		return "unknown"
	}
	m := o.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("option"))
	return OptionName(field.Name()) + "=" + scalar(m.Get(field))
}

// OptionName is ctl's spelling of an option's field: "reuse-address" for
// reuse_address.
func OptionName(field protoreflect.Name) string {
	return strings.ReplaceAll(string(field), "_", "-")
}

func scalar(v protoreflect.Value) string {
	switch v := v.Interface().(type) {
	case bool:
		if v {
			return "1"
		}
		return "0"
	case string:
		return Escape(v)
	default:
		return Escape(fmt.Sprint(v))
	}
}
