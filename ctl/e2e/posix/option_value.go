//go:build linux

package posix

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// encodeOption is what setsockopt(2) gets: the option's numbers, which a
// membership's source changes, and the bytes.
func encodeOption(fd int, family Family, op Op) (level, name int, value []byte) {
	if op.Option == "" {
		return op.Level, op.Name, rawValue(op.Value)
	}
	o := Options[op.Option]
	level, name = o.number(family)
	switch o.Kind {
	case Bool:
		return level, name, number32(map[string]uint32{"true": 1, "false": 0}[op.Value])
	case Lingering:
		if op.Value == "off" {
			return level, name, make([]byte, 8)
		}
		return level, name, append(number32(1), number32(atoi(op.Value))...)
	case Text:
		return level, name, []byte(op.Value)
	case Duration:
		d, err := time.ParseDuration(op.Value)
		must(err)
		b := binary.NativeEndian.AppendUint64(nil, uint64(d/time.Second))
		return level, name, binary.NativeEndian.AppendUint64(b, uint64(d%time.Second/time.Microsecond))
	case Interface:
		if family == Inet {
			return level, name, append(make([]byte, 8), number32(zoneIndex(fd, op.Value))...) // struct ip_mreqn
		}
		return level, name, number32(zoneIndex(fd, op.Value))
	case Membership:
		return membership(fd, level, name, op.Value)
	}
	return level, name, number32(atoi(op.Value))
}

// membership is struct group_req or group_source_req.
func membership(fd, level, name int, text string) (int, int, []byte) {
	words := append(strings.Split(text, " "), "", "")
	b := binary.NativeEndian.AppendUint64(nil, uint64(zoneIndex(fd, words[1])))
	b = append(b, storage(words[0])...)
	if words[2] == "" {
		return level, name, b
	}
	name = map[int]int{mcastJoin: mcastJoinSource, mcastLeave: mcastLeaveSource}[name]
	return level, name, append(b, storage(words[2])...)
}

// storage is an address in a struct sockaddr_storage.
func storage(host string) []byte {
	t, err := (&Names{}).Target("["+host+"]:0", "")
	must(err)
	b := make([]byte, unix.SizeofSockaddrAny+16)
	copy(b, t.encode(-1))
	return b
}

// decodeOption is the text form of what getsockopt(2) gave.
func decodeOption(fd int, op Op, b []byte) string {
	if op.Option == "" {
		if op.Size > 0 {
			return "x" + hex.EncodeToString(b)
		}
		return strconv.Itoa(int(int32(u32(b))))
	}
	switch Options[op.Option].Kind {
	case Bool:
		return strconv.FormatBool(u32(b) != 0)
	case Lingering:
		if u32(b) == 0 {
			return "off"
		}
		return strconv.Itoa(int(u32(b[4:])))
	case Text:
		return string(bytes.TrimRight(b, "\x00"))
	case Duration:
		s, us := binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[8:])
		return (time.Duration(s)*time.Second + time.Duration(us)*time.Microsecond).String()
	case Interface:
		return zoneName(fd, u32(b))
	case ErrnoName:
		return errnoName(unix.Errno(u32(b)))
	case Unsigned:
		return strconv.FormatUint(uint64(u32(b)), 10)
	}
	return strconv.Itoa(int(int32(u32(b))))
}

// optionSize is how many bytes getsockopt(2) is asked for.
func optionSize(op Op) int {
	if op.Option == "" {
		return cmp.Or(op.Size, 4)
	}
	switch Options[op.Option].Kind {
	case Lingering:
		return 8
	case Text, Duration:
		return 16
	}
	return 4
}

func rawValue(text string) []byte {
	if digits, ok := strings.CutPrefix(text, "x"); ok {
		b, err := hex.DecodeString(digits)
		must(err)
		return b
	}
	return number32(atoi(text))
}

func atoi(text string) uint32 {
	n, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return uint32(n)
}

func number32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// u32 reads up to 4 bytes, as the kernel shortens small options.
func u32(b []byte) uint32 {
	var four [4]byte
	copy(four[:], b)
	return binary.NativeEndian.Uint32(four[:])
}

// must is for the text of the table itself.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("posix: a case that cannot be read: %v", err))
	}
}
