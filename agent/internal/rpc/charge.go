//go:build linux

package rpc

import (
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// itemOverhead is what a datagram is charged beside its bytes, so that many
// empty ones are not free.
const itemOverhead = 512

// uploaded is the charge, in bytes, for one Send.
func uploaded(s *sock.Socket, req *farsockv1.SendRequest) int64 {
	n := int64(len(req.GetData())) + controlBytes(req.GetControl())
	if ofMessages(s) && len(req.GetDatagrams()) == 0 {
		n += itemOverhead
	}
	return n + uploadedDatagrams(req.GetDatagrams())
}

func uploadedDatagrams(list []*farsockv1.Datagram) int64 {
	n := int64(0)
	for _, d := range list {
		n += int64(len(d.GetData())) + controlBytes(d.GetControl()) + itemOverhead
	}
	return n
}

func controlBytes(list []*farsockv1.ControlMessage) int64 {
	n := int64(0)
	for _, c := range list {
		n += int64(len(c.GetData()))
	}
	return n
}

// charge takes n bytes of what all sockets together may hold, for an upload
// that the kernel has yet to take: a peer that never reads would otherwise let
// its senders fill the agent. The caller gives them back once the upload is
// applied or given up.
//
// Errors: *sock.BudgetError; nothing was sent then. (A Stream takes its charge in
// any case: what it would wait for room with is in memory already.)
func (s *server) charge(n int64) (giveBack func(), err error) {
	if err := s.Env.Budget.Take(n); err != nil {
		return nil, err
	}
	return func() { s.Env.Budget.Give(n) }, nil
}
