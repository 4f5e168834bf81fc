package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// unspoken are options whose value only the agent's own process could make or
// read; the agent refuses them.
var unspoken = map[string]bool{
	"SO_ATTACH_FILTER": true, "SO_GET_FILTER": true, "SO_ATTACH_BPF": true, "SO_ATTACH_REUSEPORT_CBPF": true,
	"SO_ATTACH_REUSEPORT_EBPF": true, "SO_PASSPIDFD": true, "SO_PEERPIDFD": true, "TCP_ZEROCOPY_RECEIVE": true,
}

// option is what people mean by an option's name: a member of SocketOption, or
// numbers.
type option struct {
	entry    render.OptionEntry    // of a named one
	constant render.OptionConstant // of one that goes by its numbers
}

// typed says that it is the member, not a number.
func (o option) typed() bool { return o.entry.Typed && o.constant.Form == render.FormTyped }

// field is the member's name in the contract.
func (o option) field() protoreflect.Name {
	return protoreflect.Name(strings.ReplaceAll(o.entry.Name, "-", "_"))
}

// findOption takes ctl's name, a manual page's in any case, or raw:LEVEL:NAME.
func findOption(name string) (option, error) {
	if strings.HasPrefix(name, "raw:") {
		return rawNamed(name)
	}
	entry, constant, ok := render.FindOption(name)
	switch {
	case ok:
		return option{entry, constant}, nil
	case unspoken[strings.ToUpper(name)]:
		return option{}, fmt.Errorf("%s holds memory addresses or descriptors of the agent and cannot be used from here", strings.ToUpper(name))
	}
	if like := optionsLike(name); len(like) > 0 {
		return option{}, fmt.Errorf("no option is called %q; did you mean %s?", name, strings.Join(like, " or "))
	}
	return option{}, fmt.Errorf("no option is called %q; see 'ctl options list'", name)
}

// optionsLike are the names that are the same but for their signs, or that begin
// or end so; at most three.
func optionsLike(name string) []string {
	plain := func(s string) string {
		return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
	}
	word := plain(name)
	if len(word) < 3 {
		return nil
	}
	var same, like []string
	for _, e := range render.OptionEntries() {
		names := []string{e.Name}
		for _, c := range e.Constants {
			names = append(names, c.Name)
		}
		if slices.ContainsFunc(names, func(n string) bool { return plain(n) == word }) {
			same = append(same, e.Name)
		} else if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(plain(n), word) || strings.HasSuffix(plain(n), word) }) {
			like = append(like, e.Name)
		}
	}
	if len(same) > 0 {
		return same
	}
	return like[:min(len(like), 3)]
}

// rawNamed reads raw:LEVEL:NAME.
func rawNamed(s string) (option, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return option{}, errors.New("raw options are raw:LEVEL:NAME")
	}
	level, err := number(parts[1])
	if err != nil {
		return option{}, err
	}
	name, err := number(parts[2])
	if err != nil {
		return option{}, err
	}
	return option{constant: render.OptionConstant{Level: level, Number: name, Form: render.FormInt}}, nil
}

// parseOption reads KEY=VALUE. Ranges are the agent's to judge.
func parseOption(s string) (*farsockv1.SocketOption, error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return nil, usagef("option %q is not KEY=VALUE", s)
	}
	o, err := findOption(key)
	if err != nil {
		return nil, usagef("option %q: %w", s, err)
	}
	set, err := o.with(value)
	if err != nil {
		return nil, usagef("option %q: %w", s, err)
	}
	return set, nil
}

// with is the option with a value.
func (o option) with(value string) (*farsockv1.SocketOption, error) {
	if o.typed() {
		return typedOption(o.field(), value)
	}
	raw := &farsockv1.RawOption{Level: o.constant.Level, Name: o.constant.Number}
	var err error
	switch digits, isHex := strings.CutPrefix(value, "0x"); {
	case o.entry.Name == "" && isHex:
		var b []byte
		if b, err = hexBytes(digits); err == nil {
			raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: b}
		}
	case o.entry.Name == "":
		var n int32
		if n, err = number(value); err == nil {
			raw.Value = &farsockv1.RawOption_IntValue{IntValue: n}
		}
	default:
		err = setForm(raw, o.constant.Form, value)
	}
	if err != nil {
		return nil, err
	}
	return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: raw}}, nil
}

// asked is the option as GetOptions asks for it by its numbers.
func (o option) asked() *farsockv1.RawOption {
	raw := &farsockv1.RawOption{Level: o.constant.Level, Name: o.constant.Number}
	switch o.constant.Form {
	case render.FormInt, render.FormIndex, render.FormPorts:
	default:
		size := o.constant.Size
		raw.Size = &size
	}
	return raw
}

func number(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number from -2147483648 to 2147483647", s)
	}
	return int32(n), nil
}

func hexBytes(digits string) ([]byte, error) {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, errors.New("0x needs pairs of hex digits")
	}
	return b, nil
}
