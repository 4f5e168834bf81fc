//go:build linux

package sock

import "context"

// Op is what an Access asks to do.
type Op int

// The operations that hand an address to the kernel.
const (
	OpBind Op = iota + 1
	OpConnect
	OpSend
)

// String returns the operation's lower-case name.
func (o Op) String() string {
	switch o {
	case OpBind:
		return "bind"
	case OpConnect:
		return "connect"
	case OpSend:
		return "send"
	}
	return "unknown"
}

// Access is one address about to be handed to the kernel.
type Access struct {
	Op       Op
	Family   Family
	Type     Type
	Protocol int
	// Namespace is the socket's network namespace as Spec.Namespace; empty for
	// the agent's own. The same address is another one there.
	Namespace string
	// Address is what the kernel will get: after resolution, its Host always a
	// literal ("0.0.0.0" or "::" for any).
	Address Address
}

// Authorize answers nil if the access is permitted. Any error is returned by
// the socket's method as it is, and nothing is handed to the kernel. It must
// not call the socket.
type Authorize func(ctx context.Context, a Access) error

func (e *Env) authorize(ctx context.Context, a Access) error {
	if e.Authorize == nil {
		return nil
	}
	return e.Authorize(ctx, a)
}
