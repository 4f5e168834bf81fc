//go:build linux

package posix

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// The table's vocabulary: one word an operation.

func open(n int, f Family, t Type) Op {
	return Op{Call: Socket, Socket: n, Family: f, Type: t}
}

func protocol(n int, f Family, t Type, p int) Op {
	return Op{Call: Socket, Socket: n, Family: f, Type: t, Protocol: p}
}

func bind(n int, to string) Op    { return Op{Call: Bind, Socket: n, Address: to} }
func listen(n, backlog int) Op    { return Op{Call: Listen, Socket: n, Backlog: backlog} }
func connect(n int, to string) Op { return Op{Call: Connect, Socket: n, Address: to} }
func disconnect(n int) Op         { return Op{Call: Disconnect, Socket: n} }
func accept(n, child int) Op      { return Op{Call: Accept, Socket: n, New: child} }
func shut(n int, how How) Op      { return Op{Call: Shutdown, Socket: n, How: how} }
func closing(n int) Op            { return Op{Call: Close, Socket: n} }
func abort(n int) Op              { return Op{Call: Abort, Socket: n} }
func local(n int) Op              { return Op{Call: LocalName, Socket: n} }
func peer(n int) Op               { return Op{Call: PeerName, Socket: n} }
func set(n int, name, value string) Op {
	return Op{Call: SetOption, Socket: n, Option: name, Value: value}
}
func get(n int, name string) Op    { return Op{Call: GetOption, Socket: n, Option: name} }
func poll(n int, events string) Op { return Op{Call: Poll, Socket: n, Events: events} }
func fill(n int) Op                { return Op{Call: Fill, Socket: n} }
func join(n int) Op                { return Op{Call: Join, Socket: n} }
func await(n int, state string) Op { return Op{Call: Await, Socket: n, Value: state} }
func pause(time string) Op         { return Op{Call: Pause, Value: time, Block: true} }
func sendMemory(n int) Op          { return Op{Call: SendMemory, Socket: n} }

func setRaw(n, level, name int, value string) Op {
	return Op{Call: SetOption, Socket: n, Level: level, Name: name, Value: value}
}

func getRaw(n, level, name, size int) Op {
	return Op{Call: GetOption, Socket: n, Level: level, Name: name, Size: size}
}

func send(n int, data string, flags ...Flags) Op {
	return Op{Call: Send, Socket: n, Data: data, Flags: all(flags)}
}

func sendTo(n int, to, data string, flags ...Flags) Op {
	return Op{Call: Send, Socket: n, Address: to, Data: data, Flags: all(flags)}
}

func sendMany(n int, m ...Message) Op {
	return Op{Call: SendMany, Socket: n, Messages: m}
}

func recv(n, size int, flags ...Flags) Op {
	return Op{Call: Receive, Socket: n, Size: size, Flags: all(flags)}
}

func recvMany(n, size, count int, flags ...Flags) Op {
	return Op{Call: ReceiveMany, Socket: n, Size: size, Count: count, Flags: all(flags)}
}

func all(flags []Flags) (f Flags) {
	for _, bit := range flags {
		f |= bit
	}
	return f
}

func (o Op) fails(errno string) Op { o.Want = errno; return o }
func (o Op) blocks() Op            { o.Block = true; return o }
func (o Op) behind() Op            { o.Background = true; return o }
func (o Op) times(n int) Op        { o.Times = n; return o }
func (o Op) into(sizes ...int) Op  { o.Buffers = sizes; return o }
func (o Op) room(bytes int) Op     { o.Room = bytes; return o }
func (o Op) with(c ...Control) Op  { o.Control = c; return o }
func (o Op) passing(n int) Op      { o.Descriptors = n; return o }
func (o Op) refused(code, field, why string) Op {
	o.Refused = Refusal{Code: code, Field: field, Why: why}
	return o
}

// host is the loopback address of a family.
func host(f Family) string {
	if f == Inet6 {
		return "[::1]"
	}
	return "127.0.0.1"
}

// at is a loopback address with a port.
func at(f Family, port int) string { return fmt.Sprintf("%s:%d", host(f), port) }

// listener is a TCP listener on port 5000: socket 0.
func listener(f Family) []Op {
	return []Op{open(0, f, Stream), bind(0, at(f, 5000)), listen(0, 8)}
}

// connected is a TCP connection: socket 0 listens, 1 is the client, 2 the server.
func connected(f Family) []Op {
	return append(listener(f), open(1, f, Stream), connect(1, at(f, 5000)).blocks(), accept(0, 2).blocks())
}

// unixPair is the same over a unix path.
func unixPair(t Type) []Op {
	return []Op{
		open(0, Unix, t), bind(0, "~/s"), listen(0, 8),
		open(1, Unix, t), connect(1, "~/s"), accept(0, 2),
	}
}

// datagrams is socket 0 on port 5000 and socket 1 on 5001.
func datagrams(f Family) []Op {
	return []Op{open(0, f, Datagram), bind(0, at(f, 5000)), open(1, f, Datagram), bind(1, at(f, 5001))}
}

// row makes a case of operations and lists of them.
func row(name string, parts ...any) Case {
	c := Case{Name: name}
	for _, p := range parts {
		switch p := p.(type) {
		case Op:
			c.Ops = append(c.Ops, p)
		case []Op:
			c.Ops = append(c.Ops, p...)
		default:
			panic(fmt.Sprintf("posix: %s: %T in a row", name, p))
		}
	}
	return c
}

// both makes a row of each inet family.
func both(name string, parts func(f Family) []any) []Case {
	return []Case{row(name+" v4", parts(Inet)...), row(name+" v6", parts(Inet6)...)}
}

func parts(p ...any) []any { return p }

// asUser is the row as an ordinary user.
func asUser(c Case) Case {
	c.User = true
	c.Name += ", as a user"
	return c
}

// Table is all cases. Each has ports of its own, so that what one leaves in the
// kernel (TIME_WAIT) does not meet another.
func Table() []Case {
	var all []Case
	for _, t := range [][]Case{
		tableOpen, tableBind, tableListen, tableConnect, tableAccept, tableStream, tableUrgent, tableClose,
		tableDatagram, tableErrors, tableMulticast, tableUnix, tableOptions, tableReadBack, tableMessages,
		tableBlocking, tableBreak, tableUser,
		tableFigures, tableDescriptors, tableRecords, tableDisconnect, tableEffects,
	} {
		all = append(all, t...)
	}
	for i := range all {
		all[i] = all[i].renumbered(i)
	}
	return all
}

var portPattern = regexp.MustCompile(`:50(\d\d)$`)

// renumbered moves the ports 5000 to 5015 to 16 of the row's own.
func (c Case) renumbered(i int) Case {
	move := func(address string) string {
		return portPattern.ReplaceAllStringFunc(address, func(p string) string {
			n, _ := strconv.Atoi(p[3:]) // the pattern has digits there
			return fmt.Sprintf(":%d", 10000+16*i+n)
		})
	}
	ops := make([]Op, len(c.Ops))
	for j, o := range c.Ops {
		o.Address = move(o.Address)
		o.Messages = slices.Clone(o.Messages)
		for k := range o.Messages {
			o.Messages[k].To = move(o.Messages[k].To)
		}
		ops[j] = o
	}
	c.Ops = ops
	return c
}

// Finish looks once more at a socket after a case: whether it listens, the
// pending error, which looking clears, and what it would still do.
func Finish(n int, t Type) []Op {
	const acceptConn = 30
	ops := []Op{getRaw(n, 1, acceptConn, 0), get(n, "error"), recv(n, 16, Peek, DontWait)}
	if t == Stream {
		ops = append(ops, send(n, "", DontWait))
	}
	return ops
}
