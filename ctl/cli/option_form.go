package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// setForm gives raw the value that people wrote in a form.
func setForm(raw *farsockv1.RawOption, form render.OptionForm, s string) error {
	var b []byte
	var n int32
	var err error
	switch form {
	case render.FormInt:
		n, err = wideNumber(s)
		raw.Value = &farsockv1.RawOption_IntValue{IntValue: n}
		return err
	case render.FormIndex:
		n, err = number(s)
		raw.Value = &farsockv1.RawOption_IntValue{IntValue: int32(bits.ReverseBytes32(uint32(n)))}
		return err
	case render.FormPorts:
		n, err = portsValue(s)
		raw.Value = &farsockv1.RawOption_IntValue{IntValue: n}
		return err
	case render.FormInts:
		b, err = intsValue(s)
	case render.FormLong:
		var long uint64
		if long, err = strconv.ParseUint(s, 0, 64); err != nil {
			err = fmt.Errorf("%q is not a number of 0 or more", s)
		}
		b = binary.LittleEndian.AppendUint64(nil, long)
	case render.FormText:
		b = []byte(s)
	case render.FormBytes:
		digits, ok := strings.CutPrefix(s, "0x")
		if !ok {
			return errors.New("its value is 0x and pairs of hex digits")
		}
		b, err = hexBytes(digits)
	case render.FormAddresses:
		b, err = addressesValue(s)
	case render.FormMembership:
		b, err = indexedValue(s)
	}
	raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: b}
	return err
}

// wideNumber also takes what an unsigned integer holds, and on and off.
func wideNumber(s string) (int32, error) {
	switch s {
	case "on", "true":
		return 1, nil
	case "off", "false":
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil || n < -1<<31 || n >= 1<<32 {
		return 0, fmt.Errorf("%q is not a number from -2147483648 to 4294967295", s)
	}
	return int32(uint32(n)), nil
}

func intsValue(s string) ([]byte, error) {
	var b []byte
	for part := range strings.SplitSeq(s, ",") {
		n, err := wideNumber(part)
		if err != nil {
			return nil, err
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b, nil
}

func portsValue(s string) (int32, error) {
	low, high, _ := strings.Cut(s, "-")
	from, err := strconv.ParseUint(low, 10, 16)
	to, err2 := strconv.ParseUint(high, 10, 16)
	if err != nil || err2 != nil {
		return 0, fmt.Errorf("%q is not LOW-HIGH, two ports from 0 to 65535", s)
	}
	return int32(uint32(from | to<<16)), nil
}

func addressesValue(s string) ([]byte, error) {
	var b []byte
	for part := range strings.SplitSeq(s, ",") {
		ip, err := netip.ParseAddr(part)
		if err != nil || !ip.Is4() {
			return nil, fmt.Errorf("%q is not an IPv4 address", part)
		}
		b = append(b, ip.AsSlice()...)
	}
	return b, nil
}

// indexedValue is an IPv6 address and an interface's index.
func indexedValue(s string) ([]byte, error) {
	address, index, _ := strings.Cut(s, ",")
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() || ip.Zone() != "" {
		return nil, fmt.Errorf("%q is not an IPv6 address", address)
	}
	n, err := strconv.ParseUint(index, 10, 31)
	if err != nil {
		return nil, fmt.Errorf("%q is not an interface's index; it is ADDRESS,INDEX", index)
	}
	return binary.LittleEndian.AppendUint32(ip.AsSlice(), uint32(n)), nil
}
