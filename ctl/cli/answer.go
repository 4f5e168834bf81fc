package cli

import (
	"io"
	"net"
	"strings"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// socketAnswer is a response with an outcome and the socket it left behind.
type socketAnswer interface {
	proto.Message
	GetOutcome() *farsockv1.Outcome
	GetSocket() *farsockv1.Socket
}

// tellSocket renders such a response; a socket that is there is told about also
// when the outcome is not DONE (--keep).
func (a *app) tellSocket(t *target, resp socketAnswer, wait *waitFlag, text func(*farsockv1.Socket) string) error {
	s := resp.GetSocket()
	span := noWait
	if wait != nil {
		span = wait.span()
	}
	failed := t.outcome(resp.GetOutcome(), span, "")
	a.setSocket(s)
	a.met(t, s)
	var write func(io.Writer) error
	if s != nil && (failed == nil || isOpen(resp)) {
		write = sentence(text(s))
	}
	if err := a.print(resp, write); err != nil {
		return err
	}
	return failed
}

// isOpen says whether the response is Open's: then a socket with a failure is one
// that --keep kept, and its name is news.
func isOpen(resp socketAnswer) bool {
	_, ok := resp.(*farsockv1.OpenResponse)
	return ok
}

// tell renders a response without a socket; text may be nil.
func (a *app) tell(t *target, resp proto.Message, o *farsockv1.Outcome, text func(io.Writer) error) error {
	failed := t.outcome(o, noWait, "")
	if failed != nil {
		text = nil
	}
	if err := a.print(resp, text); err != nil {
		return err
	}
	return failed
}

// tellLeftOut says for which columns of a table the terminal had no room.
func (a *app) tellLeftOut(titles []string, err error) error {
	if len(titles) > 0 {
		a.say("no room for ", strings.Join(titles, ", "), "; -o json has all")
	}
	return err
}

// setSocket lets a script refer to a socket: ${web.addr}, ${web.port},
// ${web.peer}, ${web.uid}.
func (a *app) setSocket(s *farsockv1.Socket) {
	if s == nil {
		return
	}
	id := render.SocketID(s)
	a.env.set(id+".uid", s.GetUid())
	a.setAddress(id+".addr", id+".port", s.GetLocal())
	a.setAddress(id+".peer", id+".peerport", s.GetPeer())
}

func (a *app) setAddress(name, portName string, addr *farsockv1.Address) {
	if addr == nil {
		return
	}
	text := wire.FormatAddress(addr)
	a.env.set(name, text)
	if addr.GetInet() != nil {
		if _, port, err := net.SplitHostPort(text); err == nil {
			a.env.set(portName, port)
		}
	}
}
