package render

import (
	"slices"
	"strings"
	"sync"
)

// OptionEntry is one socket option as people know it: a member of the contract's
// SocketOption, or one that goes by its numbers (raw).
type OptionEntry struct {
	// Name is ctl's: "no-delay" for a member, else the constant, "TCP_SYNCNT".
	Name string
	// Group is where the list has it: an index of OptionGroups.
	Group int
	// Values are what it takes, with the unit: "0|1", "SECONDS".
	Values string
	// Access is "read only", "write only" or empty.
	Access string
	// Does says in one line what it does, Note what else has to be known.
	Does, Note string
	// Typed: it is a member of SocketOption.
	Typed bool
	// Constants are its names in the manual pages.
	Constants []OptionConstant
}

// OptionConstant is an option's name in socket(7), ip(7), ipv6(7), tcp(7) or
// udp(7). The numbers are Linux's on the agent's side, not this machine's.
type OptionConstant struct {
	Name          string
	Level, Number int32
	// Form is how the value is laid out, Size of how many bytes it is at most;
	// FormTyped where the name stands for the member itself.
	Form OptionForm
	Size int32
}

// OptionForm is how an option's value is written and laid out in memory.
type OptionForm int

// The forms. Numbers are little-endian, as on every host that has an agent.
const (
	FormTyped      OptionForm = iota // the contract's
	FormInt                          // 4 bytes, a number
	FormIndex                        // 4 bytes in network order, an interface's index
	FormPorts                        // 4 bytes, LOW-HIGH: two ports
	FormInts                         // numbers of 4 bytes each, with commas
	FormLong                         // 8 bytes, a number of 0 or more
	FormText                         // characters
	FormBytes                        // 0xHEX
	FormAddresses                    // IPv4 addresses of 4 bytes each, with commas
	FormMembership                   // ADDRESS,INDEX: an IPv6 address and an interface's index
)

// OptionGroups are the headings of the list.
var OptionGroups = []string{
	"any socket (socket(7), unix(7))",
	"IPv4 and IPv6",
	"TCP (tcp(7))",
	"UDP (udp(7))",
	"IPv4 (ip(7))",
	"IPv6 (ipv6(7))",
}

const (
	groupAny = iota
	groupBoth
	groupTCP
	groupUDP
	groupIP
	groupIPv6
)

// The levels of setsockopt(2).
const (
	levelIP     = 0
	levelSocket = 1
	levelTCP    = 6
	levelUDP    = 17
	levelIPv6   = 41
)

var groupOfLevel = map[int32]int{
	levelIP: groupIP, levelSocket: groupAny, levelTCP: groupTCP, levelUDP: groupUDP, levelIPv6: groupIPv6,
}

// OptionEntries are all options that have a name, the members of SocketOption
// first within each group. Not to be changed.
var OptionEntries = sync.OnceValue(func() []OptionEntry {
	list := slices.Concat(typedEntries(), socketEntries(), tcpEntries(), udpEntries(), ipEntries(), ipv6Entries())
	slices.SortStableFunc(list, func(a, b OptionEntry) int { return a.Group - b.Group })
	return list
})

type found struct {
	entry    OptionEntry
	constant OptionConstant // the zero one for a member by its own name
}

var optionsByName = sync.OnceValue(func() map[string]found {
	byName := map[string]found{}
	for _, e := range OptionEntries() {
		for _, c := range e.Constants {
			byName[c.Name] = found{e, c}
		}
		if e.Typed {
			byName[fold(e.Name)] = found{entry: e}
		}
	}
	return byName
})

// fold makes all spellings of a name one.
func fold(name string) string { return strings.ReplaceAll(strings.ToUpper(name), "-", "_") }

// FindOption looks a name up, ctl's or a manual page's, in any case. The
// constant is the one that was named, its Form FormTyped where the member is
// meant.
func FindOption(name string) (OptionEntry, OptionConstant, bool) {
	f, ok := optionsByName()[fold(name)]
	return f.entry, f.constant, ok
}

type optionNumbers struct{ level, number int32 }

var optionsByNumber = sync.OnceValue(func() map[optionNumbers]OptionConstant {
	byNumber := map[optionNumbers]OptionConstant{}
	for _, e := range OptionEntries() {
		for _, c := range e.Constants {
			at := optionNumbers{c.Level, c.Number}
			if _, taken := byNumber[at]; c.Form != FormTyped && !taken {
				byNumber[at] = c
			}
		}
	}
	return byNumber
})

// raw is an option that goes by its numbers, a 4-byte integer unless as says
// otherwise.
func raw(level, number int32, name, values, does string) OptionEntry {
	return OptionEntry{
		Name: name, Group: groupOfLevel[level], Values: values, Does: does,
		Constants: []OptionConstant{{Name: name, Level: level, Number: number, Form: FormInt, Size: 4}},
	}
}

func (e OptionEntry) as(form OptionForm, size int32) OptionEntry {
	for i := range e.Constants {
		e.Constants[i].Form, e.Constants[i].Size = form, size
	}
	return e
}

// also adds another name of the same number.
func (e OptionEntry) also(name string) OptionEntry {
	c := e.Constants[0]
	c.Name = name
	e.Constants = append(e.Constants, c)
	return e
}

func (e OptionEntry) readOnly() OptionEntry  { e.Access = "read only"; return e }
func (e OptionEntry) writeOnly() OptionEntry { e.Access = "write only"; return e }

func (e OptionEntry) note(s string) OptionEntry { e.Note = s; return e }
