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
func uploaded(s *sock.Socket, n int) int64 {
	if isDatagram(s) {
		n += itemOverhead
	}
	return int64(n)
}

// uploadedItems is the charge for one message of a Stream.
func uploadedItems(m *farsockv1.StreamSend) int64 {
	n := len(m.GetData())
	for _, d := range m.GetDatagrams() {
		n += len(d.GetData()) + itemOverhead
	}
	return int64(n)
}

// charge takes n bytes of what all sockets together may hold, for an upload
// that the kernel has yet to take: a peer that never reads would otherwise let
// its senders fill the agent. The caller gives them back once the upload is
// applied or given up.
//
// Errors: *sock.BudgetError; nothing was sent then.
func (s *server) charge(n int64) (giveBack func(), err error) {
	if err := s.Env.Budget.Take(n); err != nil {
		return nil, err
	}
	return func() { s.Env.Budget.Give(n) }, nil
}
