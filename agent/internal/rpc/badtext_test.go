//go:build linux

package rpc_test

import (
	"math"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// badTextRows are texts that no host, interface or name could have. Refusals
// repeat them, escaped and cut.
func badTextRows() []badRow {
	type o = *farsockv1.OpenRequest
	const tcp = "sessions/t/sockets/tcp"
	var rows []badRow
	for what, host := range map[string]string{
		"in brackets":         "[::1]",
		"behind a space":      " 127.0.0.1",
		"with a NUL":          "a\x00b",
		"with a port":         "localhost:80",
		"with an empty label": "a..b",
		"of a dot":            ".",
		"not ASCII":           "bücher.example",
		"a CIDR":              "10.0.0.0/8",
		"a zone with a slash": "fe80::1%a/b",
		"a zone with a NUL":   "fe80::1%lo\x00x",
		"a label too long":    long(64) + ".example",
	} {
		says := []string{"must "}
		rows = append(rows,
			badRow{"connect to a host " + what, open(func(m o) { m.Family = farsockv1.Family_FAMILY_INET6; m.Connect = inet(host, 1) }), invalidField, "connect.inet.host", says},
			badRow{"bind to a host " + what, on(bindMethod, &farsockv1.BindRequest{Socket: tcp, Address: inet(host, 0)}), invalidField, "address.inet.host", says},
			badRow{"resolve a host " + what, on(resolveMethod, &farsockv1.ResolveRequest{Host: host}), invalidField, "host", says},
		)
	}
	names := func(name string) *farsockv1.GetOptionsRequest {
		return &farsockv1.GetOptionsRequest{Socket: tcp, Names: []string{name}}
	}
	return append(rows, []badRow{
		{"host echoed", open(func(m o) { m.Bind = inet("a\x00b", 0) }), invalidField, "bind.inet.host", []string{`"a\x00b"`, "letters"}},
		{"host in brackets echoed", open(func(m o) { m.Bind = inet("[::1]", 0) }), invalidField, "bind.inet.host", []string{`"[::1]"`, "brackets"}},
		{"label counted", open(func(m o) { m.Bind = inet(long(70)+".x", 0) }), invalidField, "bind.inet.host", []string{"63", "70"}},
		{"request id in upper case", open(func(m o) { m.RequestId = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8" }), invalidField, "request_id", []string{"lower case", "6BA7B810"}},
		{"accept's request id in upper case", on(acceptMethod, &farsockv1.AcceptRequest{Socket: tcp, RequestId: "6ba7b810-9dad-11d1-80b4-00c04fd430C8"}), invalidField, "request_id", []string{"lower case"}},
		{"name echoed", open(func(m o) { m.Name = "a\nb" }), invalidField, "name", []string{`"a\nb"`}},
		{"long name cut", open(func(m o) { m.Name = long(1000) }), invalidField, "name", []string{long(48) + `"... (1000 bytes)`}},
		{"socket echoed", on(shutdownMethod, &farsockv1.ShutdownRequest{Socket: "tcp"}), invalidField, "socket", []string{"sockets/UID", `"tcp"`}},
		{"path echoed", open(func(m o) { m.Family = farsockv1.Family_FAMILY_UNIX; m.Bind = unixPath("/tmp/a\x00b") }), invalidField, "bind.unix_domain.path", []string{`"/tmp/a\x00b"`}},
		{"source echoed", send(func(m *farsockv1.SendRequest) {
			m.Socket, m.Data, m.Datagrams = udpName, nil, []*farsockv1.Datagram{{Source: "here"}}
		}), invalidField, "datagrams[0].source", []string{`"here"`}},
		{"send by an interface with a NUL", send(func(m *farsockv1.SendRequest) {
			m.Socket, m.Data, m.Datagrams = udpName, nil, []*farsockv1.Datagram{{InterfaceName: "lo\x00x"}}
		}), invalidField, "datagrams[0].interface_name", []string{"NUL", `"lo\x00x"`}},
		{"option by its JSON name", on(getOptionsMethod, names("noDelay")), invalidField, "names[0]", []string{`"noDelay"`, "no_delay"}},
		{"option by another name", on(getOptionsMethod, names("TCP_NODELAY")), invalidField, "names[0]", []string{`"TCP_NODELAY"`}},
		{"page of a session's id", on(sessionsMethod, &farsockv1.ListSessionsRequest{PageToken: "zz"}), invalidField, "page_token", []string{"next_page_token", `"zz"`}},
		{"page of a slash", on(sessionsMethod, &farsockv1.ListSessionsRequest{PageToken: "a/b"}), invalidField, "page_token", []string{"next_page_token"}},
		{"page of sessions for sockets", on(listMethod, &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageToken: "sessions-after.1"}), invalidField, "page_token", []string{"next_page_token"}},
		{"page of a number", on(listMethod, &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageToken: "1"}), invalidField, "page_token", []string{"next_page_token"}},
		{"page of no number", on(listMethod, &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageToken: "sockets-after.01"}), invalidField, "page_token", []string{"next_page_token"}},
		{"send to on seqpacket", send(func(m *farsockv1.SendRequest) { m.Socket = packetsName; m.To = unixPath("/tmp/x") }), invalidField, "to", []string{"seqpacket"}},
		{"send a batch to on seqpacket", send(func(m *farsockv1.SendRequest) {
			m.Socket, m.Data, m.Datagrams = packetsName, nil, []*farsockv1.Datagram{{}, {Peer: unixPath("/tmp/x")}}
		}), invalidField, "datagrams[1].peer", []string{"seqpacket"}},
		{"stream to on seqpacket", streamOn(packetsName, nil, streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{Peer: unixPath("/tmp/x")}}})),
			invalidField, "data.datagrams[0].peer", []string{"seqpacket"}},
	}...)
}

const packetsName = "sessions/t/sockets/packets"

// badNumberRows are spans and offsets: a refusal says the very value that came.
func badNumberRows() []badRow {
	wait := func(seconds int64, nanos int32, says ...string) badRow {
		d := &durationpb.Duration{Seconds: seconds, Nanos: nanos}
		return badRow{"wait of " + d.String(), open(func(m *farsockv1.OpenRequest) { m.Wait = d }), invalidField, "wait", says}
	}
	return []badRow{
		wait(0, 1_000_000_000, "nanos of 0 to 999999999", "1000000000"),
		wait(1, math.MinInt32, "nanos of 0 to 999999999", "-2147483648"),
		wait(-1, 5, "one sign", "-1 and 5"),
		wait(math.MaxInt64, 0, "0 to 86400 seconds", "is 9223372036854775807"),
		wait(math.MinInt64, -500_000_000, "0 to 86400 seconds", "is -9223372036854775808.5"),
		wait(86400, 1, "0 to 86400 seconds", "is 86400.000000001"),
		wait(0, -1, "0 to 86400 seconds", "is -0.000000001"),
		{"session ttl of too many nanos", on(createMethod, &farsockv1.CreateSessionRequest{Ttl: &durationpb.Duration{Seconds: 9, Nanos: -1_000_000_000}}),
			invalidField, "ttl", []string{"nanos"}},
		{"session ttl of half a second", on(createMethod, &farsockv1.CreateSessionRequest{Ttl: &durationpb.Duration{Nanos: 500_000_000}}),
			invalidField, "ttl", []string{"5 to 86400 seconds", "is 0.5"}},
		{"attach receive_from -1", attach(func(m *farsockv1.Attach) { m.ReceiveFrom = proto.Int64(-1) }), invalidField, "attach.receive_from", []string{"0 or more", "-1"}},
		{"attach send_from -1", attach(func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(-1) }), invalidField, "attach.send_from", []string{"0 or more", "-1"}},
		{"stream data at -1", stream(nil, streamData(&farsockv1.StreamSend{Offset: -1, Data: zeros(1)})), invalidField, "data.offset", []string{"0 or more", "-1"}},
		{"stream close_write at -1", stream(nil, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: -1}}}),
			invalidField, "close_write.offset", []string{"0 or more", "-1"}},
	}
}
