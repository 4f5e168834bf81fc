//go:build linux

package e2e

import (
	"errors"
	"strconv"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// fewPorts is how many ports the namespace of TestFaultPortsExhausted chooses from.
const fewPorts = 20

// TestFaultPortsExhausted uses up the ports that the kernel chooses from: the next
// one to dial or bind is told what a local program is told, the agent is well,
// and closing gives the ports back.
func TestFaultPortsExhausted(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "no port left")
	l := newHosts(t)
	h := l.a
	h.sysctl(t, "net.ipv4.ip_local_port_range=40000 "+strconv.Itoa(40000+fewPorts-1))
	h.agentProcess = startAgent(t, h.namespace, debugListen)
	c := connectTo(t, h.endpoint())
	s := lease(t, c)
	target := &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: h.ip4, Port: proto.Int32(8180)}}}
	open := func(req *farsockv1.OpenRequest) (*farsockv1.OpenResponse, error) {
		req.Session, req.RequestId, req.Family = s.Name(), uuid.NewString(), farsockv1.Family_FAMILY_INET
		return c.Sockets.Open(t.Context(), req)
	}
	dial := func() (*farsockv1.OpenResponse, error) {
		return open(&farsockv1.OpenRequest{Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Connect: target})
	}
	bind := func() (*farsockv1.OpenResponse, error) {
		return open(&farsockv1.OpenRequest{Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM,
			Bind: &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: h.ip4, Port: proto.Int32(0)}}}})
	}
	res, err := open(&farsockv1.OpenRequest{Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Bind: target, Listen: &farsockv1.ListenStage{Backlog: proto.Int32(2 * fewPorts)}})
	if err != nil || farsock.OutcomeErr("listen", res.GetOutcome()) != nil {
		t.Fatal(res, err)
	}
	then := h.atRest(t)
	rows := []struct {
		name  string
		one   func() (*farsockv1.OpenResponse, error)
		errno syscall.Errno
		class farsockv1.OutcomeCode
	}{
		{"dial", dial, syscall.EADDRNOTAVAIL, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_NOT_AVAILABLE},
		{"bind", bind, syscall.EADDRINUSE, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_IN_USE},
	}
	for _, r := range rows {
		for round := range 2 { // the ports are there again in the second
			var names []string
			for n := range fewPorts {
				res, err := r.one()
				if err != nil || farsock.OutcomeErr(r.name, res.GetOutcome()) != nil {
					t.Fatalf("round %d, %s %d: %v %v", round, r.name, n+1, res.GetOutcome(), err)
				}
				names = append(names, wire.SocketUID(res.GetSocket().GetUid()))
			}
			for range 5 {
				res, err := r.one()
				if err == nil {
					err = farsock.OutcomeErr(r.name, res.GetOutcome())
				}
				if !errors.Is(err, r.errno) || res.GetOutcome().GetCode() != r.class || res.GetSocket() != nil {
					t.Fatalf("%s without a port: %v, want %v and %v", r.name, err, r.class, r.errno)
				}
				row.faults.Add(1)
			}
			if r.name == "dial" { // as a program of the host has it
				if err := dialed(h.namespace, "tcp4", wire.FormatAddress(target)); !errors.Is(err, r.errno) {
					t.Fatalf("a local program: %v, want %v", err, r.errno)
				}
			}
			for _, name := range names {
				// In order a connection would keep its port in TIME_WAIT.
				if _, err := c.Sockets.Close(t.Context(), &farsockv1.CloseRequest{Socket: name, Abort: true}); err != nil {
					t.Fatal(err)
				}
			}
			h.backAtRest(t, then, nil)
		}
	}
	row.says("%d ports: EADDRNOTAVAIL to dial, EADDRINUSE to bind; all back after close", fewPorts)
}

// dialed dials in a namespace and says how that failed.
func dialed(namespace, network, address string) error {
	conn, err := dialIn(namespace, network, address)
	if err != nil {
		return err
	}
	return errors.Join(errors.New("it went through"), conn.Close())
}
