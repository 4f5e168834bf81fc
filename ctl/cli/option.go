package cli

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// optionFields are the members of SocketOption by ctl's spelling.
func optionFields() protoreflect.FieldDescriptors {
	return (&farsockv1.SocketOption{}).ProtoReflect().Descriptor().Fields()
}

func optionField(name string) (protoreflect.FieldDescriptor, error) {
	field := optionFields().ByName(protoreflect.Name(strings.ReplaceAll(name, "-", "_")))
	if field == nil || name == "raw" {
		return nil, fmt.Errorf("no option is called %q; see 'ctl options list'", name)
	}
	return field, nil
}

// parseOption reads KEY=VALUE. Ranges are the agent's to judge.
func parseOption(s string) (*farsockv1.SocketOption, error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return nil, usagef("option %q is not KEY=VALUE", s)
	}
	opt, err := makeOption(key, value)
	if err != nil {
		return nil, usagef("option %q: %w", s, err)
	}
	return opt, nil
}

func makeOption(key, value string) (*farsockv1.SocketOption, error) {
	if strings.HasPrefix(key, "raw:") {
		raw, err := rawName(key)
		if err != nil {
			return nil, err
		}
		if digits, ok := strings.CutPrefix(value, "0x"); ok {
			b, err := hex.DecodeString(digits)
			if err != nil {
				return nil, errors.New("0x needs pairs of hex digits")
			}
			raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: b}
		} else {
			n, err := number(value)
			if err != nil {
				return nil, err
			}
			raw.Value = &farsockv1.RawOption_IntValue{IntValue: n}
		}
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: raw}}, nil
	}
	if key == "linger" {
		linger := &farsockv1.Linger{}
		if value != "off" {
			n, err := number(value)
			if err != nil {
				return nil, errors.New("linger takes seconds, or off")
			}
			linger.On, linger.Seconds = true, &n
		}
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Linger{Linger: linger}}, nil
	}
	field, err := optionField(key)
	if err != nil {
		return nil, err
	}
	v, err := optionValue(field, value)
	if err != nil {
		return nil, err
	}
	opt := &farsockv1.SocketOption{}
	opt.ProtoReflect().Set(field, v)
	return opt, nil
}

func optionValue(field protoreflect.FieldDescriptor, s string) (protoreflect.Value, error) {
	switch field.Kind() {
	case protoreflect.BoolKind:
		switch s {
		case "1", "on", "true":
			return protoreflect.ValueOfBool(true), nil
		case "0", "off", "false":
			return protoreflect.ValueOfBool(false), nil
		}
		return protoreflect.Value{}, errors.New("must be 1 or 0, on or off")
	case protoreflect.Int32Kind:
		n, err := number(s)
		return protoreflect.ValueOfInt32(n), err
	case protoreflect.Uint32Kind:
		n, err := strconv.ParseUint(s, 0, 32)
		if err != nil {
			return protoreflect.Value{}, fmt.Errorf("%q is not a number from 0 to 4294967295", s)
		}
		return protoreflect.ValueOfUint32(uint32(n)), nil
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(s), nil
	}
	return protoreflect.Value{}, errors.New("ctl cannot write this option yet")
}

// rawName reads raw:LEVEL:NAME.
func rawName(s string) (*farsockv1.RawOption, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return nil, errors.New("raw options are raw:LEVEL:NAME")
	}
	level, err := number(parts[1])
	if err != nil {
		return nil, err
	}
	name, err := number(parts[2])
	if err != nil {
		return nil, err
	}
	return &farsockv1.RawOption{Level: level, Name: name}, nil
}

func number(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number from -2147483648 to 2147483647", s)
	}
	return int32(n), nil
}
