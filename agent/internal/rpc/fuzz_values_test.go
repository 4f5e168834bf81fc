//go:build linux

package rpc_test

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// texts are values at which something changes, for any field.
var texts = []string{"", " ", "a", "a b", "a.b", "a/b", "-", "..", "/", "\x00", "a\x00b", "\n", "é", "\u202e", strings.Repeat("x", 15), strings.Repeat("x", 16),
	strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 108), strings.Repeat("x", 254), strings.Repeat("x", 4097), "%s%n", "(", "[a-", "\\"}

// textsOf are values that mean something in this field; the first is the usual.
func (f *filler) textsOf(field protoreflect.FieldDescriptor) []string {
	switch field.Name() {
	case "socket":
		return f.world.socketNames()
	case "name":
		switch field.Parent().Name() {
		case "GetSocketRequest":
			return f.world.socketNames()
		case "OpenRequest", "AcceptRequest":
			return []string{"new", "tcp", "newer", "-"}
		}
		return []string{"sessions/t", "sessions/none", "sessions/0123456789abcdef.s1", "sessions/", "t"}
	case "session", "parent":
		return []string{"sessions/t", "sessions/none", "sessions/0123456789abcdef.s1", "sessions/", "t"}
	case "session_id":
		return []string{"u", "t", "s1"}
	case "request_id":
		return []string{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810"}
	case "host", "source", "group":
		return []string{"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "127.0.0.2", "224.0.0.1", "239.1.1.1", "ff02::1", "fe80::1%lo", "::ffff:127.0.0.1",
			"255.255.255.255", "256.1.1.1", "1", "0x7f.1", "no.such.host.invalid", "[::1]", "a..b"}
	case "interface_name", "bind_to_device", "device":
		return []string{"lo", "none"}
	case "holder":
		return []string{"h", "other", "third"}
	case "tcp_states":
		return []string{"ESTABLISHED", "CLOSE", "established"}
	case "names":
		return []string{"no_delay", "keep_alive", "raw", "linger", "error", "receive_timeout", "nothing"}
	case "page_token":
		return []string{"", "tcp", "t"}
	case "pattern":
		return []string{"H.*!", "(?s).*", "(a*)*b", "x{1000}", "x{1001}", "(?:(?:x{100}){100}){10}", "\\pL", "(?i)hello|$", "\\C", "^"}
	case "network_namespace":
		return []string{f.world.netns, "none", "/proc/self/ns/none", "/dev/null", "a/b"}
	case "path":
		return []string{f.world.dir + "/packets", f.world.dir + "/new", f.world.dir + "/none/new", f.world.dir}
	case "congestion_control", "congestion":
		return []string{"cubic", "reno", "none"}
	}
	return []string{"x", "y"}
}

type names = map[protoreflect.Name]bool

// usualFields are what a request of this kind mostly has set.
var usualFields = map[protoreflect.FullName]names{
	"farsock.v1.CreateSessionRequest": {"session_id": true},
	"farsock.v1.GetSessionRequest":    {"name": true},
	"farsock.v1.RenewSessionRequest":  {"name": true},
	"farsock.v1.CloseSessionRequest":  {"name": true},
	"farsock.v1.OpenRequest":          {"session": true, "family": true, "type": true},
	"farsock.v1.BindRequest":          {"socket": true, "address": true},
	"farsock.v1.ListenRequest":        {"socket": true},
	"farsock.v1.ConnectRequest":       {"socket": true, "peer": true},
	"farsock.v1.AcceptRequest":        {"socket": true},
	"farsock.v1.SendRequest":          {"socket": true, "data": true},
	"farsock.v1.ReceiveRequest":       {"socket": true},
	"farsock.v1.AckRequest":           {"socket": true},
	"farsock.v1.ShutdownRequest":      {"socket": true, "how": true},
	"farsock.v1.CloseRequest":         {"socket": true},
	"farsock.v1.GetSocketRequest":     {"name": true},
	"farsock.v1.WaitSocketRequest":    {"socket": true, "states": true},
	"farsock.v1.ListSocketsRequest":   {"parent": true},
	"farsock.v1.PollRequest":          {"items": true},
	"farsock.v1.PollItem":             {"socket": true, "readable": true},
	"farsock.v1.GetOptionsRequest":    {"socket": true, "names": true},
	"farsock.v1.SetOptionsRequest":    {"socket": true, "options": true},
	"farsock.v1.SocketOption":         {"keep_alive": true},
	"farsock.v1.ResolveRequest":       {"host": true},
	"farsock.v1.Address":              {"inet": true},
	"farsock.v1.InetAddress":          {"host": true, "port": true},
	"farsock.v1.UnixAddress":          {"path": true},
	"farsock.v1.Linger":               {"on": true, "seconds": true},
	"farsock.v1.MulticastMembership":  {"group": true, "interface_name": true},
	"farsock.v1.RawOption":            {"level": true, "name": true, "int_value": true},
	"farsock.v1.Datagram":             {"data": true},
	"farsock.v1.StreamRequest":        {"data": true},
	"farsock.v1.Attach":               {"socket": true, "holder": true, "epoch": true, "ack": true},
	"farsock.v1.StreamSend":           {"offset": true, "data": true},
	"farsock.v1.StreamAck":            {"offset": true},
	"farsock.v1.CloseWrite":           {"offset": true},
}
