//go:build linux

package sock

import (
	"net/netip"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// What is handed to the kernel says the same when it comes back.
func TestSockaddrThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Address{Family: Unix}
		var raw *sockaddr
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			want.Abstract = rapid.SliceOfN(rapid.Byte(), 1, unixPathMax).Draw(t, "abstract")
			raw = unixSockaddr("", want.Abstract)
		case 1:
			want.Path = string(rapid.SliceOfN(rapid.ByteRange(1, 255), 1, unixPathMax).Draw(t, "path"))
			raw = unixSockaddr(want.Path, nil)
		case 2:
			ip := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "four")))
			want = Address{Family: Inet, Host: ip.String(), Port: rapid.IntRange(0, 65535).Draw(t, "port")}
			raw = inetSockaddr(ip, want.Port, 0)
		default:
			ip := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "six")))
			if rapid.Bool().Draw(t, "mapped") {
				ip = netip.AddrFrom16(netip.AddrFrom4([4]byte(ip.AsSlice())).As16())
			}
			zone := uint32(0)
			if !ip.Is4In6() {
				zone = rapid.Uint32().Draw(t, "zone")
			}
			want = Address{Family: Inet6, Host: ip.WithZone(digits(zone)).String(), Port: rapid.IntRange(0, 65535).Draw(t, "port")}
			raw = inetSockaddr(ip, want.Port, zone)
			if raw.zone() != zone {
				t.Fatalf("zone %d is %d", zone, raw.zone())
			}
		}
		if got := raw.address(); got == nil || !reflect.DeepEqual(*got, want) {
			t.Fatalf("%+v came back as %+v", want, got)
		}
	})
	unnamed := unixSockaddr("", nil)
	if got := unnamed.address(); unnamed.len != 2 || got == nil || !got.unnamed() {
		t.Errorf("unnamed is %d bytes, %+v", unnamed.len, got)
	}
	if got := (&sockaddr{}).address(); got != nil {
		t.Errorf("nothing is %+v", got)
	}
}
