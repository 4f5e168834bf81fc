package cli

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// What render writes of an option is what --option reads.
func TestOptionsRoundTrip(t *testing.T) {
	for _, in := range []string{
		"reuse-address=1", "no-delay=0", "linger=0", "linger=5", "linger=off", "ttl=-1", "send-buffer=4096",
		"raw:1:9=1", "raw:6:999=0x6375626963", "raw:1:2=-7", "device=eth0", "device=", "mark=4294967295", "congestion-control=reno",
		"receive-timeout=1.5s", "send-timeout=0s", "receive-timeout=24h", "receive-timeout=1h30m", "send-timeout=2ms",
		"multicast-join=239.1.1.1", "multicast-join=239.1.1.1%eth0", "multicast-leave=232.1.1.1%eth0,10.0.0.7",
		"multicast-join=232.1.1.1,10.0.0.7", "multicast-join=ff12::7%veth1,fe80::1", "multicast-join=239.1.1.1%a,b",
		"multicast-join=239.1.1.1%a,b,10.0.0.7", "multicast-interface=eth0", "mtu-discovery=2", "receive-low-water=10",
		"TCP_SYNCNT=3", "SO_TIMESTAMP=1", "IP_TTL=9", "IPV6_TCLASS=184", "UDP_SEGMENT=1200", "SO_COOKIE=18446744073709551615",
		"SO_PEERCRED=1,0,-1", "SO_TXTIME=1,2", "IP_LOCAL_PORT_RANGE=40000-40100", "IP_UNICAST_IF=3", "IPV6_UNICAST_IF=1",
		"IP_OPTIONS=0x0101", "IP_OPTIONS=0x", "IP_ADD_MEMBERSHIP=239.1.1.1,10.0.0.7", "IP_ADD_SOURCE_MEMBERSHIP=232.1.1.1,0.0.0.0,10.0.0.7",
		"IPV6_JOIN_GROUP=ff12::7,3", "IP_MULTICAST_IF=127.0.0.1", "TCP_ULP=tls", "TCP_INFO=0x00",
	} {
		opt, err := parseOption(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := render.Option(opt); got != in {
			t.Errorf("%s became %s", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		raw := &farsockv1.RawOption{Level: rapid.Int32Range(0, 42).Draw(t, "level"), Name: rapid.Int32Range(0, 110).Draw(t, "name")}
		if rapid.Bool().Draw(t, "number") {
			raw.Value = &farsockv1.RawOption_IntValue{IntValue: rapid.Int32().Draw(t, "n")}
		} else {
			raw.Value = &farsockv1.RawOption_BytesValue{BytesValue: rapid.SliceOfN(rapid.Byte(), 0, 24).Draw(t, "bytes")}
		}
		text := render.Option(&farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: raw}})
		got, err := parseOption(text)
		if strings.HasPrefix(text, "TCP_ULP=") || strings.HasPrefix(text, "SO_PEERSEC=") {
			return // a text, which the kernel fills up with NULs
		}
		if err != nil || valueBytes(got.GetRaw()) != valueBytes(raw) || got.GetRaw().GetName() != raw.GetName() {
			t.Fatalf("%v, %s, %v, %v", raw, text, got, err)
		}
	})
}

// valueBytes lets an integer and its four bytes be the same.
func valueBytes(o *farsockv1.RawOption) string {
	if v, ok := o.GetValue().(*farsockv1.RawOption_IntValue); ok {
		n := uint32(v.IntValue)
		return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	}
	return string(o.GetBytesValue())
}

// A member has ctl's name, the contract's and the manual page's, in any case. A
// name that is one of two options goes by its own number.
func TestOptionNames(t *testing.T) {
	for in, want := range map[string]string{
		"no_delay=1": "no-delay=1", "TCP_NODELAY=on": "no-delay=1", "tcp_nodelay=0": "no-delay=0", "so_reuseaddr=true": "reuse-address=1",
		"Tcp-NoDelay=1": "no-delay=1", "SO_LINGER=off": "linger=off", "SO_RCVTIMEO=2m": "receive-timeout=2m", "so_bindtodevice=lo": "device=lo",
		"MCAST_JOIN_GROUP=239.1.1.1": "multicast-join=239.1.1.1", "mcast_leave_source_group=232.1.1.1,10.0.0.7": "multicast-leave=232.1.1.1,10.0.0.7",
		"IP_TTL=5": "IP_TTL=5", "ip_tos=0x10": "IP_TOS=16", "ipv6_unicast_hops=-1": "IPV6_UNICAST_HOPS=-1", "ipv6_v6only=1": "v6-only=1",
		"tcp_syncnt=0x3": "TCP_SYNCNT=3", "TCP_SAVE_SYN=on": "TCP_SAVE_SYN=1", "TCP_TIMESTAMP=4294967295": "TCP_TIMESTAMP=-1",
		"raw:6:7=3": "TCP_SYNCNT=3", "IP_ORIGDSTADDR=1": "IP_RECVORIGDSTADDR=1", "ipv6_add_membership=ff02::7,0": "IPV6_JOIN_GROUP=ff02::7,0",
	} {
		opt, err := parseOption(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := render.Option(opt); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

// Each complaint names what is wrong.
func TestOptionsRefused(t *testing.T) {
	for in, want := range map[string]string{
		"": "KEY=VALUE", "ttl": "KEY=VALUE", "=1": `no option is called ""`, "nope=1": `no option is called "nope"`, "raw=1": `no option is called "raw"`,
		"raw:1=1": "raw:LEVEL:NAME", "raw:1:2:3=1": "raw:LEVEL:NAME", "raw:a:1=1": `"a" is not a number`, "raw:1:1=0xf": "pairs of hex", "raw:1:1=": `"" is not a number`,
		"reuse-address=2": `"2" is neither`, "linger=soon": `"soon" is neither`, "linger=": `"" is neither`, "ttl=many": `"many" is not a number`,
		"ttl=2147483648": `"2147483648" is not a number`, "mark=-1": "0 to 4294967295", "receive-timeout=2": `"2" is not a span`, "send-timeout=x": "not a span",
		"error=EPERM": "cannot", "SO_ERROR=0": "not set", "so_attach_filter=0x00": "SO_ATTACH_FILTER holds memory addresses",
		"multicast-join=": `the group "" is not`, "multicast-join=all": `the group "all"`, "multicast-join=239.1.1.1,": `the source "" is not`,
		"multicast-join=239.1.1.1,here": `the source "here" is not`, "multicast-leave=239.1.1.1%": "no interface",
		"TCP_SYNCNT=x": `"x" is not a number`, "TCP_SYNCNT=4294967296": "4294967295", "SO_COOKIE=-1": "0 or more", "SO_TXTIME=1,": `"" is not a number`,
		"IP_LOCAL_PORT_RANGE=1-65536": "LOW-HIGH", "IP_LOCAL_PORT_RANGE=5": "LOW-HIGH", "IP_OPTIONS=01": "0x", "IP_OPTIONS=0x1": "pairs of hex",
		"IP_ADD_MEMBERSHIP=239.1.1.1,eth0": `"eth0" is not an IPv4`, "IPV6_JOIN_GROUP=239.1.1.1,0": `"239.1.1.1" is not an IPv6`, "IPV6_JOIN_GROUP=ff02::1": "index",
		"IPV6_JOIN_GROUP=ff02::1%lo,1": "not an IPv6", "IP_UNICAST_IF=lo": `"lo" is not a number`,
	} {
		opt, err := parseOption(in)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "can be read but not set", "can be read but not set, cannot be set"), want) {
			t.Errorf("%q: %v, %v, want %s", in, opt, err, want)
		}
	}
}

// Every member of the contract's SocketOption can be written and explained, and
// every form of a value is refused when it is empty or nonsense, or is a text.
func TestEveryOptionIsKnown(t *testing.T) {
	fields := (&farsockv1.SocketOption{}).ProtoReflect().Descriptor().Fields()
	members := map[protoreflect.Name]bool{}
	for _, e := range allOptions() {
		if e.Does == "" || e.Values == "" || len(e.Does) > 72 {
			t.Errorf("%s: %d characters of explanation", e.Name, len(e.Does))
		}
		for _, c := range e.Constants {
			if o, err := findOption(strings.ToLower(c.Name)); err != nil || o.constant.Name != c.Name && o.constant.Number != c.Number || o.entry.Name != e.Name {
				t.Errorf("%s is found as %+v, %v", c.Name, o, err)
			}
		}
		if e.Name == rawEntry.Name {
			members["raw"] = true
			continue
		}
		o, err := findOption(e.Name)
		if err != nil || o.entry.Name != e.Name {
			t.Errorf("%s: %+v, %v", e.Name, o, err)
		}
		if e.Typed {
			members[o.field()] = true
		}
	}
	for i := range fields.Len() {
		if name := fields.Get(i).Name(); !members[name] {
			t.Errorf("%s has no entry", name)
		}
	}
	if len(members) != fields.Len() {
		t.Errorf("%d entries are members, of which there are %d", len(members), fields.Len())
	}
}

func TestOptionsAsked(t *testing.T) {
	four := int32(40)
	req, asked, err := optionsAsked([]string{"TCP_SYNCNT", "no-delay", "IP_OPTIONS", "SO_ERROR", "raw:1:9"})
	want := &farsockv1.GetOptionsRequest{
		Names: []string{"no_delay", "error"},
		Raw:   []*farsockv1.RawOption{{Level: 6, Name: 7}, {Level: 0, Name: 4, Size: &four}, {Level: 1, Name: 9}},
	}
	if err != nil || !proto.Equal(req, want) {
		t.Errorf("%v, %v", req, err)
	}
	if got := strings.Join(asked.words, " "); got != "no-delay SO_ERROR TCP_SYNCNT IP_OPTIONS raw:1:9" {
		t.Error(got)
	}
	if asked.typed["names[1]"] != "option SO_ERROR" || asked.typed["raw[1].name"] != "option IP_OPTIONS" {
		t.Error(asked.typed)
	}
	if _, _, err := optionsAsked([]string{"multicast-join"}); err == nil {
		t.Error("multicast-join was asked for")
	}
}

func TestOptionWords(t *testing.T) {
	for word, want := range map[string]string{
		"no": "no-delay=", "tcp_no": "tcp_nodelay= tcp_notsent_lowat=", "TCP_SY": "TCP_SYNCNT=", "ra": "raw:", "keep-alive-c": "keep-alive-count=", "x": "",
	} {
		if got := strings.Join(optionWords(word, "="), " "); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
	if all := optionWords("", "="); len(all) != 45 {
		t.Errorf("%d words: %v", len(all), all)
	}
}

func TestChosenOptions(t *testing.T) {
	for words, want := range map[string]string{
		"TCP_NODELAY ttl": "no-delay ttl!", "ip_ttl ttl": "ttl!", "nagle": "no-delay!", "syncnt": "TCP_SYNCNT!",
		"keep-alive-": "keep-alive-idle keep-alive-interval keep-alive-count", "fastopen_": "fast-open-connect TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE", "no such": "",
	} {
		list := []string{words}
		if words != "no such" {
			list = strings.Fields(words)
		}
		entries, details := chosenOptions(list)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name)
		}
		got := strings.Join(names, " ")
		if details {
			got += "!"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", words, got, want)
		}
	}
}
