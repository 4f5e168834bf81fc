//go:build linux

package rpc

import (
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TCPInfoTo and MPTCPInfoTo are the conversions, for tests.
var (
	TCPInfoTo   = tcpInfoTo
	MPTCPInfoTo = mptcpInfoTo
)

// Rules is what a table says about a message, for tests.
type Rules struct {
	Ruled []string // fields and oneofs with a rule
	Free  []string // fields that may hold anything
}

// AllRules are the tables by the message that they judge. A message that is
// judged in two ways has the fields of both.
func AllRules() map[protoreflect.FullName]Rules {
	all := map[protoreflect.FullName]Rules{}
	add(all, getAgentTable)
	add(all, createSessionTable)
	add(all, getSessionTable)
	add(all, listSessionsTable)
	add(all, renewSessionTable)
	add(all, closeSessionTable)
	add(all, openTable)
	add(all, listenStageTable)
	add(all, bindTable)
	add(all, listenTable)
	add(all, connectTable)
	add(all, acceptTable)
	add(all, sendTable)
	add(all, controlTable)
	add(all, receiveTable)
	add(all, ackTable)
	add(all, streamTable)
	add(all, attachTable)
	add(all, streamSendTable)
	add(all, streamAckTable)
	add(all, closeWriteTable)
	add(all, datagramTable)
	add(all, shutdownTable)
	add(all, closeTable)
	add(all, getSocketTable)
	add(all, waitSocketTable)
	add(all, listSocketsTable)
	add(all, pollTable)
	add(all, pollItemTable)
	add(all, getOptionsTable)
	add(all, setOptionsTable)
	add(all, resolveTable)
	add(all, addressTable)
	add(all, inetAddressTable)
	add(all, unixAddressTable)
	add(all, optionTable)
	add(all, lingerTable)
	add(all, membershipTable)
	add(all, rawWriteTable)
	add(all, rawReadTable)
	return all
}

func add[M proto.Message](all map[protoreflect.FullName]Rules, t *table[M]) {
	m := reflect.Zero(reflect.TypeFor[M]()).Interface().(proto.Message)
	name := m.ProtoReflect().Descriptor().FullName()
	r := all[name]
	for _, rule := range t.rules {
		r.Ruled = append(r.Ruled, rule.field)
	}
	r.Free = append(r.Free, t.free...)
	all[name] = r
}
