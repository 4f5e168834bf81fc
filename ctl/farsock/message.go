package farsock

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// MessageError says what of a datagram cannot be sent. Nothing was.
type MessageError struct {
	Field   string // the path in the contract's names, for example "control[0].data"
	Problem string
}

func (e *MessageError) Error() string { return e.Field + ": " + e.Problem }

// ReadMsg reads one datagram with what came along: where it was sent to, by
// which interface, its TTL, when, control messages, each where an option asks
// for it (packet_info, receive_ttl, receive_traffic_class, timestamps). Its Data
// is whole unless Truncated is set. addr is its sender, nil for one without a
// name. The error queue is not read: Receive of Client.Sockets does that, on a
// socket that was not read or written here.
func (c *PacketConn) ReadMsg() (d *farsockv1.Datagram, addr net.Addr, err error) {
	d, err = c.h.receiveMessage()
	return d, NetAddr(c.socket.GetType(), d.GetPeer()), c.opError("read", nil, err)
}

// WriteMsg sends one datagram: Data and, where set, Source, Interface, Ttl,
// TrafficClass and Control; any other field is a *MessageError. addr is where
// to; if it is nil d.Peer says so. It returns when the kernel has taken or
// refused it.
func (c *PacketConn) WriteMsg(d *farsockv1.Datagram, addr net.Addr) error {
	m := proto.CloneOf(d)
	if m == nil {
		m = &farsockv1.Datagram{}
	}
	if addr != nil {
		to, err := wireAddr(c.socket.GetFamily(), addr)
		switch {
		case err != nil:
			return c.opError("write", addr, err)
		case m.GetPeer() != nil:
			return c.opError("write", addr, &MessageError{"peer", "has to be unset where addr is given"})
		}
		m.Peer = to
	}
	if addr == nil {
		addr = NetAddr(c.socket.GetType(), literal(m.GetPeer()))
	}
	return c.opError("write", addr, c.h.sendMessage(m))
}

// ReadMsg is PacketConn.ReadMsg for datagrams of one peer and for packets. On a
// stream it is syscall.EOPNOTSUPP.
func (c *Conn) ReadMsg() (*farsockv1.Datagram, error) {
	if !c.h.messages() {
		return nil, c.err("read", syscall.EOPNOTSUPP)
	}
	d, err := c.h.receiveMessage()
	return d, c.err("read", err)
}

// WriteMsg is PacketConn.WriteMsg for datagrams of one peer and for packets. On
// a stream it is syscall.EOPNOTSUPP.
func (c *Conn) WriteMsg(d *farsockv1.Datagram) error {
	if !c.h.messages() {
		return c.err("write", syscall.EOPNOTSUPP)
	}
	m := proto.CloneOf(d)
	if m == nil {
		m = &farsockv1.Datagram{}
	}
	return c.err("write", c.h.sendMessage(m))
}

// sendMessage owns m.
func (h *handle) sendMessage(m *farsockv1.Datagram) error {
	if err := checkMessage(h.socket.GetFamily(), m); err != nil {
		return err
	}
	return h.sendOne(&parcel{datagram: m})
}

// literal is a, or nil where its host is a name.
func literal(a *farsockv1.Address) *farsockv1.Address {
	if a.GetInet() != nil {
		if _, err := netip.ParseAddr(a.GetInet().GetHost()); err != nil {
			return nil
		}
	}
	return a
}

// sendable are the fields of Datagram that a sender may set.
var sendable = map[string]bool{
	"data": true, "peer": true, "control": true, "source": true, "interface_name": true, "ttl": true, "traffic_class": true,
}

const (
	solSocket = 1 // SOL_SOCKET as the agent's host numbers it
	scmRights = 1 // SCM_RIGHTS, likewise
)

// checkMessage refuses what the agent would call a malformed request: there it
// would end the stream.
func checkMessage(family farsockv1.Family, m *farsockv1.Datagram) error {
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); r.Has(f) && !sendable[string(f.Name())] {
			return &MessageError{string(f.Name()), "is not for sending"}
		}
	}
	if len(r.GetUnknown()) > 0 {
		return &MessageError{"datagram", "has unknown fields"}
	}
	if m.Peer != nil {
		if problem := addressProblem(family, m.GetPeer()); problem != "" {
			return &MessageError{"peer", problem}
		}
	}
	if family == familyUnix && (m.GetSource() != "" || m.GetInterfaceName() != "" || m.Ttl != nil || m.TrafficClass != nil) {
		return &MessageError{"datagram", "source, interface, ttl and traffic_class are for inet sockets"}
	}
	if m.GetSource() != "" {
		ip, err := netip.ParseAddr(m.GetSource())
		if err != nil || ip.Zone() != "" || ip.Is4() != (family == familyInet) {
			return &MessageError{"source", "must be a literal of the socket's family without a zone"}
		}
	}
	if n := len(m.GetInterfaceName()); n > wire.MaxInterfaceBytes || strings.ContainsRune(m.GetInterfaceName(), 0) {
		return &MessageError{"interface_name", fmt.Sprintf("must be at most %d bytes without NUL", wire.MaxInterfaceBytes)}
	}
	return checkControl(m.GetControl())
}

func checkControl(list []*farsockv1.ControlMessage) error {
	if len(list) > wire.MaxControlMessages {
		return &MessageError{"control", fmt.Sprintf("must be at most %d messages, is %d", wire.MaxControlMessages, len(list))}
	}
	for i, c := range list {
		switch {
		case c == nil:
			return &MessageError{fmt.Sprintf("control[%d]", i), "is nil"}
		case len(c.GetData()) > wire.MaxControlBytes:
			return &MessageError{fmt.Sprintf("control[%d].data", i), fmt.Sprintf("must be at most %d bytes, is %d", wire.MaxControlBytes, len(c.GetData()))}
		case c.GetLevel() == solSocket && c.GetType() == scmRights:
			return &MessageError{fmt.Sprintf("control[%d].type", i), "must not be SCM_RIGHTS: the descriptors would be the agent's own"}
		}
	}
	return nil
}

// addressProblem is what the agent would call malformed of a destination, ""
// for nothing.
func addressProblem(family farsockv1.Family, a *farsockv1.Address) string {
	switch a := a.GetKind().(type) {
	case *farsockv1.Address_Inet:
		switch {
		case family == familyUnix:
			return "must be unix, as the socket's family is"
		case len(a.Inet.GetHost()) > wire.MaxHostBytes:
			return fmt.Sprintf("its host must be at most %d characters", wire.MaxHostBytes)
		case a.Inet.Port == nil || a.Inet.GetPort() < 0 || a.Inet.GetPort() > wire.MaxPort:
			return fmt.Sprintf("its port must be 0 to %d", wire.MaxPort)
		}
		return ""
	case *farsockv1.Address_UnixDomain:
		if family != familyUnix {
			return "must be inet, as the socket's family is"
		}
		return unixProblem(a.UnixDomain, false)
	}
	return "must be inet or unix"
}
