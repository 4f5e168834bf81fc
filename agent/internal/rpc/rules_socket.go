//go:build linux

package rpc

import (
	"slices"
	"strings"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var shutdownTable = &table[*farsockv1.ShutdownRequest]{
	rules: []rule[*farsockv1.ShutdownRequest]{
		{"socket", socketRef((*farsockv1.ShutdownRequest).GetSocket)},
		{"how", oneOf((*farsockv1.ShutdownRequest).GetHow, farsockv1.ShutdownHow_SHUTDOWN_HOW_READ,
			farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE, farsockv1.ShutdownHow_SHUTDOWN_HOW_BOTH)},
	},
}

var closeTable = &table[*farsockv1.CloseRequest]{
	rules: []rule[*farsockv1.CloseRequest]{
		{"socket", socketRef((*farsockv1.CloseRequest).GetSocket)},
	},
	free: []string{"abort"},
}

var getSocketTable = &table[*farsockv1.GetSocketRequest]{
	rules: []rule[*farsockv1.GetSocketRequest]{
		{"name", socketRef((*farsockv1.GetSocketRequest).GetName)},
	},
}

var waitSocketTable = &table[*farsockv1.WaitSocketRequest]{
	rules: []rule[*farsockv1.WaitSocketRequest]{
		{"socket", socketRef((*farsockv1.WaitSocketRequest).GetSocket)},
		{"states", func(a at, m *farsockv1.WaitSocketRequest) {
			n := len(m.GetStates())
			if n == 0 && len(m.GetTcpStates()) == 0 {
				a.bad("must hold 1 to %d states where tcp_states holds none", wire.MaxStates)
			}
			if n > wire.MaxStates {
				a.bad("must be at most %d states, is %d", wire.MaxStates, n)
				return
			}
			for i, s := range m.GetStates() {
				if s < farsockv1.SocketState_SOCKET_STATE_OPEN || s > farsockv1.SocketState_SOCKET_STATE_DISCONNECTED {
					a.index(i).bad("must be one of SOCKET_STATE_OPEN to SOCKET_STATE_DISCONNECTED, is %d", s)
				}
			}
		}},
		{"tcp_states", func(a at, m *farsockv1.WaitSocketRequest) {
			if n := len(m.GetTcpStates()); n > wire.MaxTCPStates {
				a.bad("must be at most %d states, is %d", wire.MaxTCPStates, n)
				return
			}
			for i, s := range m.GetTcpStates() {
				if !slices.Contains(sock.TCPStates(), s) {
					a.index(i).bad("must be one of %s, is %s", strings.Join(sock.TCPStates(), ", "), quoted(s))
				}
			}
		}},
		{"wait", wait((*farsockv1.WaitSocketRequest).GetWait)},
	},
}

var listSocketsTable = &table[*farsockv1.ListSocketsRequest]{
	rules: []rule[*farsockv1.ListSocketsRequest]{
		{"parent", sessionRef((*farsockv1.ListSocketsRequest).GetParent)},
		{"page_size", pageSize((*farsockv1.ListSocketsRequest).GetPageSize)},
		{"page_token", func(a at, m *farsockv1.ListSocketsRequest) {
			if _, err := socketToken(m.GetPageToken()); err != nil {
				a.bad("%v", err)
			}
		}},
	},
}

var pollTable = &table[*farsockv1.PollRequest]{
	rules: []rule[*farsockv1.PollRequest]{
		{"items", func(a at, m *farsockv1.PollRequest) {
			if n := len(m.GetItems()); n < 1 || n > wire.MaxPollItems {
				a.bad("must be 1 to %d items, is %d", wire.MaxPollItems, n)
				return
			}
			for i, item := range m.GetItems() {
				pollItemTable.apply(a.index(i), item)
			}
		}},
		{"wait", wait((*farsockv1.PollRequest).GetWait)},
	},
}

var pollItemTable = &table[*farsockv1.PollItem]{
	rules: []rule[*farsockv1.PollItem]{
		{"socket", socketRef((*farsockv1.PollItem).GetSocket)},
	},
	free: []string{"readable", "writable", "urgent", "read_hang_up"},
}

var getOptionsTable = &table[*farsockv1.GetOptionsRequest]{
	rules: []rule[*farsockv1.GetOptionsRequest]{
		{"socket", socketRef((*farsockv1.GetOptionsRequest).GetSocket)},
		{"names", optionNames},
		{"raw", func(a at, m *farsockv1.GetOptionsRequest) {
			if n := len(m.GetRaw()); n > wire.MaxOptions {
				a.bad("must be at most %d options, is %d", wire.MaxOptions, n)
				return
			}
			for i, o := range m.GetRaw() {
				rawReadTable.apply(a.index(i), o)
			}
		}},
	},
}

var setOptionsTable = &table[*farsockv1.SetOptionsRequest]{
	rules: []rule[*farsockv1.SetOptionsRequest]{
		{"socket", socketRef((*farsockv1.SetOptionsRequest).GetSocket)},
		{"options", optionList((*farsockv1.SetOptionsRequest).GetOptions, 1)},
	},
}

var resolveTable = &table[*farsockv1.ResolveRequest]{
	rules: []rule[*farsockv1.ResolveRequest]{
		{"host", func(a at, m *farsockv1.ResolveRequest) {
			if n := len(m.GetHost()); n < 1 || n > wire.MaxHostBytes {
				a.bad("must be 1 to %d characters, is %d", wire.MaxHostBytes, n)
			}
			hostText(a, m.GetHost())
		}},
		{"family", oneOf((*farsockv1.ResolveRequest).GetFamily, farsockv1.Family_FAMILY_UNSPECIFIED,
			farsockv1.Family_FAMILY_INET, farsockv1.Family_FAMILY_INET6)},
		{"network_namespace", networkNamespace((*farsockv1.ResolveRequest).GetNetworkNamespace)},
		{"wait", wait((*farsockv1.ResolveRequest).GetWait)},
	},
}
