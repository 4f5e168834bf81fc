//go:build linux

package posix

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// String is the operation as the table has it, ready to be pasted.
func (o Op) String() string { return literal(reflect.ValueOf(o)) }

// String is the case as the table has it, ready to be pasted.
func (c Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{Name: %q, ", c.Name)
	if c.User {
		b.WriteString("User: true, ")
	}
	b.WriteString("Ops: []Op{\n")
	for _, o := range c.Ops {
		fmt.Fprintf(&b, "\t%s,\n", o)
	}
	b.WriteString("}},")
	return b.String()
}

var constants = map[any]string{
	Socket: "Socket", Bind: "Bind", Listen: "Listen", Connect: "Connect", Disconnect: "Disconnect",
	Accept: "Accept", Send: "Send", SendMany: "SendMany", Fill: "Fill", Receive: "Receive", ReceiveMany: "ReceiveMany",
	Shutdown: "Shutdown", Close: "Close", Abort: "Abort", SetOption: "SetOption", GetOption: "GetOption",
	LocalName: "LocalName", PeerName: "PeerName", Poll: "Poll", Join: "Join",
	Await: "Await", Pause: "Pause", SendMemory: "SendMemory",
	Inet: "Inet", Inet6: "Inet6", Unix: "Unix",
	Stream: "Stream", Datagram: "Datagram", Seqpacket: "Seqpacket",
	Read: "Read", Write: "Write", Both: "Both",
}

// literal is a value in Go, without fields that are zero.
func literal(v reflect.Value) string {
	if v.Kind() == reflect.String {
		if name, ok := constants[v.Interface()]; ok {
			return name
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				parts = append(parts, v.Type().Field(i).Name+": "+literal(f))
			}
		}
		name := v.Type().Name()
		if name == "Op" {
			name = ""
		}
		return name + "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, literal(v.Index(i)))
		}
		return "[]" + v.Type().Elem().Name() + "{" + strings.Join(parts, ", ") + "}"
	case reflect.Pointer:
		return fmt.Sprintf("number(%v)", v.Elem())
	case reflect.String:
		return strconv.Quote(v.String())
	}
	if f, ok := v.Interface().(Flags); ok {
		var parts []string
		for i, name := range flagNames {
			if f&(1<<i) != 0 {
				parts = append(parts, name)
			}
		}
		return strings.Join(parts, " | ")
	}
	return fmt.Sprint(v.Interface())
}

func number(n int) *int { return &n }
