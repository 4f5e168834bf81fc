package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// typedOption is a member of SocketOption with a value.
func typedOption(name protoreflect.Name, value string) (*farsockv1.SocketOption, error) {
	o := &farsockv1.SocketOption{}
	m := o.ProtoReflect()
	field := m.Descriptor().Fields().ByName(name)
	v, err := typedValue(field, value)
	if err != nil {
		return nil, err
	}
	m.Set(field, v)
	return o, nil
}

func typedValue(field protoreflect.FieldDescriptor, s string) (protoreflect.Value, error) {
	switch field.Kind() {
	case protoreflect.BoolKind:
		on, err := flagValue(s)
		return protoreflect.ValueOfBool(on), err
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
		if field.Name() == "error" {
			return protoreflect.Value{}, errors.New("error can be read but not set")
		}
		return protoreflect.ValueOfString(s), nil
	}
	m, err := messageValue(field, s)
	if err != nil {
		return protoreflect.Value{}, err
	}
	return protoreflect.ValueOfMessage(m.ProtoReflect()), nil
}

func flagValue(s string) (bool, error) {
	switch s {
	case "1", "on", "true":
		return true, nil
	case "0", "off", "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither 1 nor 0, neither on nor off", s)
}

func messageValue(field protoreflect.FieldDescriptor, s string) (proto.Message, error) {
	switch field.Message().Name() {
	case "Linger":
		if s == "off" {
			return &farsockv1.Linger{}, nil
		}
		n, err := number(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither a number of seconds nor off", s)
		}
		return &farsockv1.Linger{On: true, Seconds: &n}, nil
	case "MulticastMembership":
		return membershipValue(s)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a span such as 500ms, 1.5s or 2m", s)
	}
	return durationpb.New(d), nil
}

// membershipValue reads GROUP[%INTERFACE][,SOURCE]. An interface's name may have
// commas, so that only an address behind the last one is a source.
func membershipValue(s string) (*farsockv1.MulticastMembership, error) {
	m := &farsockv1.MulticastMembership{Group: s}
	if i := strings.LastIndexByte(s, ','); i >= 0 {
		_, err := netip.ParseAddr(s[i+1:])
		if !strings.Contains(s[:i], "%") || err == nil {
			m.Group, m.Source = s[:i], s[i+1:]
			if err != nil {
				return nil, fmt.Errorf("the source %q is not a literal address; it is GROUP[%%INTERFACE][,SOURCE]", m.Source)
			}
		}
	}
	group, name, named := strings.Cut(m.Group, "%")
	m.Group, m.InterfaceName = group, name
	if _, err := netip.ParseAddr(group); err != nil {
		return nil, fmt.Errorf("the group %q is not a literal address; it is GROUP[%%INTERFACE][,SOURCE]", group)
	}
	if named && name == "" {
		return nil, errors.New("no interface stands behind the %; leave it out for the kernel to choose")
	}
	return m, nil
}
