package render

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// value writes what an option holds in the constant's form; fits is false if it
// is not laid out so.
func (c OptionConstant) value(o *farsockv1.RawOption) (s string, fits bool) {
	switch v := o.GetValue().(type) {
	case *farsockv1.RawOption_IntValue:
		n := v.IntValue
		switch c.Form {
		case FormInt:
			return strconv.Itoa(int(n)), true
		case FormIndex:
			return strconv.Itoa(int(int32(bits.ReverseBytes32(uint32(n))))), true
		case FormPorts:
			return fmt.Sprintf("%d-%d", uint32(n)&0xffff, uint32(n)>>16), true
		case FormAddresses:
			return addresses(binary.LittleEndian.AppendUint32(nil, uint32(n)))
		}
	case *farsockv1.RawOption_BytesValue:
		return c.bytes(v.BytesValue)
	}
	return "", false
}

func (c OptionConstant) bytes(b []byte) (s string, fits bool) {
	switch c.Form {
	case FormInts:
		if len(b)%4 != 0 || len(b) == 0 {
			return "", false
		}
		var list []string
		for ; len(b) > 0; b = b[4:] {
			list = append(list, strconv.Itoa(int(int32(binary.LittleEndian.Uint32(b)))))
		}
		return strings.Join(list, ","), true
	case FormLong:
		if len(b) != 8 {
			return "", false
		}
		return strconv.FormatUint(binary.LittleEndian.Uint64(b), 10), true
	case FormText:
		return Escape(strings.TrimRight(string(b), "\x00")), true
	case FormBytes:
		return "0x" + hex.EncodeToString(b), true
	case FormAddresses:
		return addresses(b)
	case FormMembership:
		if len(b) != 20 {
			return "", false
		}
		return fmt.Sprintf("%v,%d", netip.AddrFrom16([16]byte(b)), binary.LittleEndian.Uint32(b[16:])), true
	}
	return "", false
}

func addresses(b []byte) (s string, fits bool) {
	if len(b)%4 != 0 || len(b) == 0 {
		return "", false
	}
	var list []string
	for ; len(b) > 0; b = b[4:] {
		list = append(list, netip.AddrFrom4([4]byte(b)).String())
	}
	return strings.Join(list, ","), true
}
