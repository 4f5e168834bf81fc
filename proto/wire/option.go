package wire

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

// OptionName is the contract's name of the member that is set, for example
// "no_delay": what GetOptionsRequest.names takes. "" if none is.
func OptionName(o *farsockv1.SocketOption) string {
	m := o.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("option"))
	if field == nil {
		return ""
	}
	return string(field.Name())
}
