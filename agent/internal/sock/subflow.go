//go:build linux

package sock

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readSubflows reads the addresses of the subflows and their TCP_INFO, which the
// kernel tells apart: if the addresses are others after it, it begins anew. It
// asks with room for so many first.
func readSubflows(fd, room int) []MPTCPSubflow {
	var flows []MPTCPSubflow
	for range snapshots {
		before := subflowData(fd, mptcpSubflowAddrsOption, 2*storage, room)
		tcp := subflowData(fd, mptcpTCPInfoOption, int(unsafe.Sizeof(unix.TCPInfo{})), room)
		after := subflowData(fd, mptcpSubflowAddrsOption, 2*storage, room)
		flows = subflowAddresses(after)
		if !bytes.Equal(before.all, after.all) || tcp.count() != after.count() {
			continue
		}
		for i := range flows {
			if t, ok := decodeTCPInfo(tcp.entry(i)); ok {
				flows[i].TCP = &t
			}
		}
		break
	}
	return flows
}

// storage is the size of struct sockaddr_storage, two of which are one entry of
// MPTCP_SUBFLOW_ADDRS: local and peer.
const storage = 128

func subflowAddresses(table subflowTable) []MPTCPSubflow {
	flows := make([]MPTCPSubflow, table.count())
	for i := range flows {
		if pair := table.entry(i); len(pair) == 2*storage {
			flows[i].Local, flows[i].Peer = storedAddress(pair[:storage]), storedAddress(pair[storage:])
		}
	}
	return flows
}

// storedAddress is nil without a port. The kernel gives no zone here.
func storedAddress(b []byte) *Address {
	sa := &sockaddr{len: unix.SizeofSockaddrInet6}
	copy(sa.bytes(), b)
	if a := sa.address(); bound(a) {
		return a
	}
	return nil
}

// subflowTable is an array with one entry for each subflow.
type subflowTable struct {
	all    []byte
	stride int
}

func (t subflowTable) count() int {
	if t.stride == 0 {
		return 0
	}
	return len(t.all) / t.stride
}

func (t subflowTable) entry(i int) []byte { return t.all[i*t.stride : (i+1)*t.stride] }

// subflowHeader is the size of struct mptcp_subflow_data, which precedes the
// entries: its own size, the number of subflows there are, the size of an entry
// in the kernel, and here.
const subflowHeader = 16

// usualSubflows is what the kernel's own path manager makes at most: 8 besides
// the first.
const usualSubflows = 9

// subflowData reads one of the options that are such an array, all of it, entries
// cut to size; empty if the kernel refuses. If room is not enough, it asks again.
func subflowData(fd, option, size, room int) subflowTable {
	for {
		b := make([]byte, subflowHeader+room*size)
		binary.NativeEndian.PutUint32(b, subflowHeader)
		binary.NativeEndian.PutUint32(b[12:], uint32(size))
		n, errno := sysGetOption(fd, unix.SOL_MPTCP, option, b)
		if errno != 0 || n < subflowHeader {
			return subflowTable{}
		}
		there := int(binary.NativeEndian.Uint32(b[4:]))
		if there > room {
			room = there
			continue
		}
		// An older kernel's entries are shorter, and then stand closer.
		stride := min(size, int(binary.NativeEndian.Uint32(b[12:])))
		return subflowTable{all: b[subflowHeader:n], stride: stride}
	}
}
