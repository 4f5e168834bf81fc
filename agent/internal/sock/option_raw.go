//go:build linux

package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// agentsOwn are the options that hand over addresses of this process's memory or
// descriptors of it, into it or out of it: to whoever is not this process they
// mean nothing, and some let the kernel write where it should not.
var agentsOwn = map[[2]int]bool{
	{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER}:         true, // read, SO_GET_FILTER: counts in instructions, not bytes
	{unix.SOL_SOCKET, unix.SO_ATTACH_BPF}:            true,
	{unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF}: true,
	{unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_EBPF}: true,
	{unix.SOL_SOCKET, unix.SO_PASSPIDFD}:             true,
	{unix.SOL_SOCKET, unix.SO_PEERPIDFD}:             true,
	{unix.IPPROTO_TCP, unix.TCP_ZEROCOPY_RECEIVE}:    true,
	{unix.IPPROTO_IP, iptReplace}:                    true,
	{unix.IPPROTO_IP, iptReplace + 1}:                true,
	{unix.IPPROTO_IP, arptReplace}:                   true,
	{unix.IPPROTO_IP, arptReplace + 1}:               true,
	{unix.IPPROTO_IP, ebtEntries}:                    true,
	{unix.IPPROTO_IP, ebtEntries + 1}:                true,
	{unix.IPPROTO_IP, ebtEntries + 2}:                true,
	{unix.IPPROTO_IP, ebtEntries + 3}:                true,
	{unix.IPPROTO_IPV6, iptReplace}:                  true,
	{unix.IPPROTO_IPV6, iptReplace + 1}:              true,
	{unix.IPPROTO_SCTP, sctpPeelOff}:                 true,
	{unix.IPPROTO_SCTP, sctpPeelOffFlags}:            true,
	{unix.IPPROTO_SCTP, sctpConnectX3}:               true,
}

// What golang.org/x/sys does not have; of iptables, arptables and ebtables the
// first number.
const (
	iptReplace       = 64
	arptReplace      = 96
	ebtEntries       = 128
	sctpPeelOff      = 102
	sctpConnectX3    = 111
	sctpPeelOffFlags = 122
)

// AgentsOwn reports whether an option's value holds memory addresses or
// descriptors of this process: such are neither set nor read.
func AgentsOwn(level, name int) bool { return agentsOwn[[2]int{level, name}] }

func (r Raw) check() error {
	switch {
	case AgentsOwn(r.Level, r.Name):
		return &ArgumentError{Field: "raw.name", Reason: "is an option whose value holds memory addresses or descriptors of the agent"}
	case len(r.Bytes) > maxOptionBytes:
		return &RangeError{Field: "raw.bytes_value", Got: int64(len(r.Bytes)), Max: maxOptionBytes}
	case r.Size < 0 || r.Size > maxOptionBytes:
		return &RangeError{Field: "raw.size", Got: int64(r.Size), Min: 1, Max: maxOptionBytes}
	}
	return nil
}

func (r Raw) encode() []byte {
	if r.Int != nil {
		return binary.NativeEndian.AppendUint32(nil, uint32(*r.Int))
	}
	return r.Bytes
}

func (s *Socket) getRaw(q Raw) (Option, Outcome, error) {
	if err := q.check(); err != nil {
		return Option{}, Outcome{}, err
	}
	b := make([]byte, max(q.Size, 4))
	if q.Size > 0 {
		b = b[:q.Size]
	}
	n, errno, err := s.getOption(q.Level, q.Name, b)
	if err != nil || errno != 0 {
		return Option{}, answered("getsockopt", errno), err
	}
	raw := Raw{Level: q.Level, Name: q.Name, Size: q.Size}
	if q.Size > 0 {
		raw.Bytes = b[:n]
	} else {
		v := int32(binary.NativeEndian.Uint32(b))
		raw.Int = &v
	}
	return Option{Kind: OptRaw, Raw: raw}, done(), nil
}

// readBack asks for what r set, as many bytes as it gave.
func (r Raw) readBack() Raw {
	if r.Int != nil {
		return Raw{Level: r.Level, Name: r.Name}
	}
	return Raw{Level: r.Level, Name: r.Name, Size: max(len(r.Bytes), 1)}
}
