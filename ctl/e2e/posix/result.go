//go:build linux

package posix

import (
	"fmt"
	"reflect"
	"strings"
)

// Result is what an operation answered.
type Result struct {
	// Errno is its name, "" for success. An answer that is none of the kernel's
	// is in parentheses.
	Errno string
	// Syscall answered it; "" for success.
	Syscall string
	// Asked is what a failed bind, connect or send was directed at.
	Asked string
	// Stop is the errno at which a Send stopped that got somewhere: what the
	// next call for the rest answers.
	Stop string
	// Refused is set when the agent refused the request.
	Refused Refusal
	// N counts bytes, or messages of a batch.
	N int
	// Data is what a stream gave.
	Data string
	// Control came with it.
	Control []Control
	// Truncated and ControlTruncated are MSG_TRUNC and MSG_CTRUNC.
	Truncated, ControlTruncated bool
	// End is a receive of no bytes where there was room for some, or one that
	// waited for more than there was before the end.
	End bool
	// Stopped is AVAILABLE, or END where no more can come; "" for an errno.
	Stopped string
	// Offset is, of a receive, how many bytes (messages) were received before;
	// of a send, how many were sent up to and with it.
	Offset int
	// Held is what was read for the caller and not given; a kernel holds nothing.
	Held int
	// Descriptors came along on a stream, and were closed.
	Descriptors int
	// Messages are what a datagram socket or an error queue gave.
	Messages []Received
	// Address is getsockname's, getpeername's or accept's.
	Address string
	// Value is an option's, in its text form, or poll's bits.
	Value string
}

// Received is one message.
type Received struct {
	Data, From       string
	Full             int // its length before cutting
	Truncated        bool
	ControlTruncated bool
	EndOfRecord      bool
	Control          []Control
	// What the control messages say.
	Destination, Interface string
	TTL, Class             string // "" where none came
	Time                   bool
	Error                  string
	Offset                 int // its number on its socket, from 0
	Descriptors            int // came along, and were closed
}

// State is what a socket shows of itself. Looking changes nothing.
type State struct {
	Local       string // "" while unbound
	Peer        string // "" while there is none, "." for one without a name
	TCP         string
	Backlog     int // of a listener
	AcceptQueue int
	InQueue     int // -1 where the kernel has no figure
	OutQueue    int
	AtMark      bool
	Drops       int
	Poll        string
	Doing       string // OPEN, BOUND, LISTENING, CONNECTING, CONNECTED, DISCONNECTED
	// Read and Sent count bytes (messages) since the socket was made, Gone those
	// that were received, Held what was read and not received.
	Read, Gone, Sent, Held int
	Descriptors            int // received since the socket was made
	ReadShut, WriteShut    bool
}

// AtRest is false of a TCP socket that still waits for an acknowledgement, which
// a peer on this host may delay.
func (s State) AtRest() bool {
	switch s.TCP {
	case "FIN_WAIT1", "CLOSING", "LAST_ACK", "SYN_RECV":
		return false
	case "ESTABLISHED", "CLOSE_WAIT":
		return s.OutQueue == 0
	}
	return true
}

// Diff returns the fields in which two structs of one type differ, or "".
func Diff[T any](direct, agent T) string {
	d, a := reflect.ValueOf(direct), reflect.ValueOf(agent)
	var out []string
	for i := range d.NumField() {
		x, y := d.Field(i).Interface(), a.Field(i).Interface()
		if empty(d.Field(i)) && empty(a.Field(i)) || reflect.DeepEqual(x, y) {
			continue
		}
		out = append(out, fmt.Sprintf("%s: kernel %s, agent %s", d.Type().Field(i).Name, short(x), short(y)))
	}
	return strings.Join(out, "; ")
}

func empty(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Len() == 0
}

func short(v any) string {
	s := fmt.Sprintf("%+v", v)
	if t, ok := v.(string); ok {
		s = fmt.Sprintf("%q", t)
	}
	if len(s) > 300 {
		return fmt.Sprintf("%s... (%d bytes)", s[:300], len(s))
	}
	return s
}
