//go:build linux

package rpc_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/farsock/farsock/agent/internal/rpc"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Messages whose fields are judged as a whole by the field they stand in.
var judgedWhole = map[protoreflect.FullName]string{
	"google.protobuf.Duration":  "wait and ttl",
	"farsock.v1.ExtendedError":  "only received",
	"google.protobuf.Timestamp": "only received",
}

// Every field that a client can send has a rule or is said to be free.
func TestEveryRequestFieldIsJudged(t *testing.T) {
	rules := rpc.AllRules()
	seen := map[protoreflect.FullName]bool{}
	var walk func(protoreflect.MessageDescriptor)
	walk = func(m protoreflect.MessageDescriptor) {
		if seen[m.FullName()] || judgedWhole[m.FullName()] != "" {
			return
		}
		seen[m.FullName()] = true
		r, ok := rules[m.FullName()]
		if !ok {
			t.Errorf("%s has no table", m.FullName())
		}
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			name := string(f.Name())
			if !slices.Contains(r.Ruled, name) && !slices.Contains(r.Free, name) {
				t.Errorf("%s has neither a rule nor leave to be anything", f.FullName())
			}
			if f.Message() != nil {
				walk(f.Message())
			}
		}
		for _, name := range slices.Concat(r.Ruled, r.Free) {
			n := protoreflect.Name(name)
			if m.Fields().ByName(n) == nil && m.Oneofs().ByName(n) == nil {
				t.Errorf("a rule for %s.%s, which does not exist", m.FullName(), name)
			}
		}
	}
	services := []protoreflect.ServiceDescriptor{
		farsockv1.File_farsock_v1_agent_service_proto.Services().Get(0),
		farsockv1.File_farsock_v1_session_service_proto.Services().Get(0),
		farsockv1.File_farsock_v1_socket_service_proto.Services().Get(0),
	}
	for _, s := range services {
		for i := range s.Methods().Len() {
			walk(s.Methods().Get(i).Input())
		}
	}
	for name := range rules {
		if !seen[name] {
			t.Errorf("a table for %s, which no request holds", name)
		}
	}
}

// The enums of sock and of the contract are converted by number.
func TestEnumsCountAlike(t *testing.T) {
	for c := sock.Done; c <= sock.Other; c++ {
		same(t, farsockv1.OutcomeCode(c).String(), "OUTCOME_CODE_", c.String())
	}
	for f := sock.Inet; f <= sock.Unix; f++ {
		same(t, farsockv1.Family(f).String(), "FAMILY_", f.String())
	}
	for s := sock.Stream; s <= sock.Seqpacket; s++ {
		same(t, farsockv1.SocketType(s).String(), "SOCKET_TYPE_", s.String())
	}
	for want, got := range map[string]string{
		"STAGE_SOCKET":              farsockv1.Stage(sock.StageSocket).String(),
		"STAGE_OPTION":              farsockv1.Stage(sock.StageOption).String(),
		"STAGE_RESOLVE":             farsockv1.Stage(sock.StageResolve).String(),
		"STAGE_BIND":                farsockv1.Stage(sock.StageBind).String(),
		"STAGE_LISTEN":              farsockv1.Stage(sock.StageListen).String(),
		"STAGE_CONNECT":             farsockv1.Stage(sock.StageConnect).String(),
		"SOCKET_STATE_OPEN":         farsockv1.SocketState(sock.StateOpen).String(),
		"SOCKET_STATE_BOUND":        farsockv1.SocketState(sock.StateBound).String(),
		"SOCKET_STATE_LISTENING":    farsockv1.SocketState(sock.StateListening).String(),
		"SOCKET_STATE_CONNECTING":   farsockv1.SocketState(sock.StateConnecting).String(),
		"SOCKET_STATE_CONNECTED":    farsockv1.SocketState(sock.StateConnected).String(),
		"SOCKET_STATE_DISCONNECTED": farsockv1.SocketState(sock.StateDisconnected).String(),
		"STOPPED_BY_AVAILABLE":      farsockv1.StoppedBy(sock.StoppedByAvailable).String(),
		"STOPPED_BY_EXACTLY":        farsockv1.StoppedBy(sock.StoppedByExactly).String(),
		"STOPPED_BY_DELIMITER":      farsockv1.StoppedBy(sock.StoppedByDelimiter).String(),
		"STOPPED_BY_PATTERN":        farsockv1.StoppedBy(sock.StoppedByPattern).String(),
		"STOPPED_BY_END":            farsockv1.StoppedBy(sock.StoppedByEnd).String(),
		"SHUTDOWN_HOW_READ":         farsockv1.ShutdownHow(sock.ShutRead).String(),
		"SHUTDOWN_HOW_WRITE":        farsockv1.ShutdownHow(sock.ShutWrite).String(),
		"SHUTDOWN_HOW_BOTH":         farsockv1.ShutdownHow(sock.ShutBoth).String(),
		"ERROR_ORIGIN_LOCAL":        farsockv1.ErrorOrigin(sock.OriginLocal).String(),
		"ERROR_ORIGIN_ICMP":         farsockv1.ErrorOrigin(sock.OriginICMP).String(),
		"ERROR_ORIGIN_ICMP6":        farsockv1.ErrorOrigin(sock.OriginICMP6).String(),
		"ERROR_ORIGIN_TIMESTAMPING": farsockv1.ErrorOrigin(sock.OriginTimestamping).String(),
		"ERROR_ORIGIN_ZEROCOPY":     farsockv1.ErrorOrigin(sock.OriginZeroCopy).String(),
	} {
		same(t, got, "", want)
	}
}

func same(t *testing.T, contract, prefix, domain string) {
	t.Helper()
	if contract != prefix+strings.ToUpper(domain) {
		t.Errorf("%s stands for %s%s", contract, prefix, strings.ToUpper(domain))
	}
}
