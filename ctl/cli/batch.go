package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// sendFlags are what `send` says of sendmsg(2) beside the bytes.
type sendFlags struct {
	cmd *cobra.Command

	more, oob, dontRoute, confirm, eor, fastOpen *bool

	buffers *[]int32
	control *[]string

	batch             *bool
	source, netDevice *string
	ttl, tos          *int32
}

func addSendFlags(cmd *cobra.Command) *sendFlags {
	f := cmd.Flags()
	defer noDefault(cmd, "buffers")
	return &sendFlags{
		cmd:       cmd,
		more:      f.Bool("more", false, "MSG_MORE: more will follow"),
		oob:       f.Bool("oob", false, "MSG_OOB: the last byte is urgent"),
		dontRoute: f.Bool("dont-route", false, "MSG_DONTROUTE: only to directly connected networks"),
		confirm:   f.Bool("confirm", false, "MSG_CONFIRM: the peer has answered"),
		eor:       f.Bool("eor", false, "MSG_EOR: ends a record"),
		fastOpen:  f.Bool("fast-open", false, "MSG_FASTOPEN: connect to --to, with the first bytes in the SYN"),
		buffers:   f.Int32Slice("buffers", nil, "`SIZES` of the buffers that sendmsg(2) gathers from, such as 3,5,0"),
		control:   f.StringArray("control", nil, "a control message, `LEVEL:TYPE:HEX`, numbers or names such as\nSOL_IP:IP_TTL:40000000; repeatable"),
		batch:     f.Bool("datagrams", false, "each DATA is a datagram, up to 64 by one call, as sendmmsg(2)"),
		source:    f.String("source", "", "send the datagram from this `ADDRESS` of the host"),
		netDevice: f.String("interface", "", "send the datagram by the interface `NAME`"),
		ttl:       f.Int32("ttl", 0, "the datagram's TTL or hop limit, a `NUMBER`"),
		tos:       f.Int32("tos", 0, "the datagram's TOS or traffic class, a `NUMBER`"),
	}
}

// noDefault keeps help from showing "[]" as a list's default.
func noDefault(cmd *cobra.Command, flag string) { cmd.Flags().Lookup(flag).DefValue = "" }

// perDatagram are the flags that only SendRequest.datagrams can say.
var perDatagram = []string{"datagrams", "source", "interface", "ttl", "tos"}

// batched is the first of these that was said; empty: none.
func (s *sendFlags) batched() string {
	for _, name := range perDatagram {
		if s.cmd.Flags().Changed(name) {
			return "--" + name
		}
	}
	return ""
}

// blamed are the flags that the kernel's refusal of a datagram may be about: of
// several those whose number no kernel takes.
func (s *sendFlags) blamed(o *farsockv1.Outcome) string {
	typed := func(name string) string {
		if f := s.cmd.Flags().Lookup(name); f.Changed {
			return "--" + name + " " + f.Value.String()
		}
		return ""
	}
	switch o.GetErrnoName() {
	case "ENODEV", "ENXIO":
		return typed("interface")
	case "EINVAL":
	default:
		return ""
	}
	var said, impossible []string
	for _, name := range []string{"ttl", "tos", "source", "interface"} {
		if text := typed(name); text != "" {
			said = append(said, text)
		}
	}
	for name, n := range map[string]int32{"ttl": *s.ttl, "tos": *s.tos} {
		if n < 0 || n > 255 {
			impossible = append(impossible, typed(name))
		}
	}
	if len(impossible) > 0 {
		said = slices.Sorted(slices.Values(impossible))
	}
	for _, c := range *s.control {
		said = append(said, "--control "+c)
	}
	return strings.Join(said, " ")
}

// request is what the flags say of any Send.
func (s *sendFlags) request() (*farsockv1.SendRequest, error) {
	if s.batched() != "" && len(*s.buffers) > 0 {
		return nil, usagef("%s and --buffers exclude each other", s.batched())
	}
	if *s.fastOpen && !s.cmd.Flags().Changed("to") {
		return nil, usagef("--fast-open needs --to")
	}
	req := &farsockv1.SendRequest{
		More: *s.more, OutOfBand: *s.oob, DontRoute: *s.dontRoute, Confirm: *s.confirm,
		EndOfRecord: *s.eor, FastOpen: *s.fastOpen, BufferSizes: *s.buffers,
	}
	for _, text := range *s.control {
		c, err := render.ParseControl(text)
		if err != nil {
			return nil, usagef("--control: %w", err)
		}
		req.Control = append(req.Control, c)
	}
	return req, nil
}

// asDatagrams turns the request into one of a batch; its data, destination and
// control messages become each datagram's.
func (s *sendFlags) asDatagrams(req *farsockv1.SendRequest, all [][]byte) {
	for _, data := range all {
		d := &farsockv1.Datagram{Data: data, Peer: req.To, Control: req.Control, Source: *s.source, InterfaceName: *s.netDevice}
		if s.cmd.Flags().Changed("ttl") {
			d.Ttl = s.ttl
		}
		if s.cmd.Flags().Changed("tos") {
			d.TrafficClass = s.tos
		}
		req.Datagrams = append(req.Datagrams, d)
	}
	req.Data, req.To, req.Control = nil, nil, nil
}
