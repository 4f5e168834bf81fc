//go:build linux

package sock

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// Outgoing is one message to be sent, with what stands beside its bytes.
type Outgoing struct {
	// Data is not kept after Send returned.
	Data []byte
	// To is the destination; nil for the connected peer.
	To *Address
	// Control is handed to the kernel as it is; SCM_RIGHTS is refused, since
	// the descriptors would be this process's own.
	Control []Control
	// Source is the address to send from, a literal of the socket's family
	// without a zone, and Interface the interface to leave by. Both empty: as
	// the routes say. For inet datagram sockets, as are TTL and TrafficClass.
	Source, Interface string
	// TTL is the time to live or hop limit, TrafficClass the TOS byte or
	// traffic class, instead of the socket's; nil for the socket's.
	TTL, TrafficClass *int
	// Buffers are the sizes of the buffers (iovec) that Data is gathered from,
	// in order, together len(Data). Nil: one buffer.
	Buffers []int
}

// maxControl bounds the control messages of one Outgoing.
const maxControl = 16

func (o *Outgoing) worded() bool {
	return o.Source != "" || o.Interface != "" || o.TTL != nil || o.TrafficClass != nil
}

// CheckOutgoing reports what of o does not fit the socket, as an *ArgumentError
// or a *RangeError naming the field behind path. Send does it too; a caller
// with several messages to send can refuse all of them first.
func (s *Socket) CheckOutgoing(o Outgoing, path string) error {
	refuse := func(field, reason string) error { return &ArgumentError{Field: path + field, Reason: reason} }
	if len(o.Control) > maxControl {
		return &RangeError{Field: path + "control", Got: int64(len(o.Control)), Max: maxControl}
	}
	for i, c := range o.Control {
		if c.Level == unix.SOL_SOCKET && c.Type == unix.SCM_RIGHTS {
			return refuse("control["+strconv.Itoa(i)+"].type", "must not be SCM_RIGHTS: the descriptors would be the agent's own")
		}
	}
	if sum, ok := total(o.Buffers); o.Buffers != nil && (!ok || sum != len(o.Data)) {
		return refuse("buffer_sizes", "must together be as long as the data")
	}
	if o.worded() && (s.family == Unix || s.typ != Datagram) {
		return refuse(o.firstWord(), "must be unset on a socket that is not an inet datagram socket")
	}
	if o.To != nil && s.typ == Seqpacket {
		// The kernel would take no notice of it.
		if path == "" {
			return refuse("to", "must be unset on a seqpacket socket")
		}
		return refuse("peer", "must be unset on a seqpacket socket")
	}
	if o.Source != "" {
		if ip, err := netip.ParseAddr(o.Source); err != nil || ip.Zone() != "" || ip.Is4() != (s.family == Inet) {
			return refuse("source", "must be a literal of family "+s.family.String()+" without a zone")
		}
	}
	if o.To != nil {
		return o.To.check(s.family)
	}
	return nil
}

func (o *Outgoing) firstWord() string {
	switch {
	case o.Source != "":
		return "source"
	case o.Interface != "":
		return "interface_name"
	case o.TTL != nil:
		return "ttl"
	}
	return "traffic_class"
}

// total is the sum of sizes; false if one of them is negative.
func total(sizes []int) (sum int, ok bool) {
	for _, n := range sizes {
		if n < 0 {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

// parcel is an Outgoing as the kernel gets it.
type parcel struct {
	data    []byte
	buffers []int
	to      *sockaddr
	peer    *Address // to, for people
	control []byte
	life    uint32 // Socket.disconnects when the Send began

	attached bool // an Attachment sends it
}

// syscall is the call that a parcel needs.
func (p *parcel) syscall() string {
	if len(p.control) > 0 || p.buffers != nil {
		return "sendmsg"
	}
	return "sendto"
}

// pack resolves o's names and asks Authorize for its destination. The outcome
// is not Done if a name does not resolve or an interface does not exist.
func (s *Socket) pack(c *clock, o Outgoing, op Op) (parcel, Outcome, error) {
	p := parcel{data: o.Data, buffers: o.Buffers, life: s.disconnects.Load()}
	if o.To != nil {
		sa, addr, out, err := s.lookup(c, *o.To)
		if err != nil || !out.OK() {
			return p, out, err
		}
		p.to, p.peer = sa, &addr
		if err := s.authorize(c.ctx, op, addr); err != nil {
			return p, Outcome{}, err
		}
	}
	for _, m := range o.Control {
		p.control = appendControl(p.control, m.Level, m.Type, m.Data)
	}
	if !o.worded() {
		return p, done(), nil
	}
	return s.addWords(p, o)
}
