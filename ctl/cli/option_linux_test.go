package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// Every name that ctl lists is one that the agent takes.
func TestListedOptionsAreTaken(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "udp", "--as", "u")
	p.must(t, "open", "tcp", "--as", "c")
	var list struct{ Options []optionDescription }
	if err := json.Unmarshal([]byte(p.must(t, "options", "list", "-o", "json").out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Options) < 150 {
		t.Errorf("%d options", len(list.Options))
	}
	for _, o := range list.Options {
		if o.Access == "write only" || strings.HasPrefix(o.Name, "raw:") {
			continue
		}
		names := []string{o.Name}
		for _, c := range o.Constants {
			names = append(names, c.Name)
		}
		for _, name := range names {
			// An outcome of the kernel is 1, and what the agent refuses 2.
			r := p.ctl("options", "get", "c", name)
			if r.code == 0 && !strings.HasPrefix(r.out, o.Name+"=") && !strings.HasPrefix(r.out, name+"=") {
				t.Errorf("%s reads as %s", name, r.out)
			}
			if r.code > 1 || r.code == 1 && !strings.Contains(r.err, name+")") {
				t.Errorf("%s: exit %d, %s", name, r.code, r.err)
			}
		}
	}
}

func TestOptionsCommands(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "udp", "--as", "u", "--option", "SO_RXQ_OVFL=1", "--option", "receive-timeout=1.5s")
	p.must(t, "options", "get", "u", "so_rxq_ovfl", "ttl", "SO_TYPE", "SO_DOMAIN", "error", "SO_RCVLOWAT").
		printed(t, "ttl=64\nerror=\nreceive-low-water=1\nSO_RXQ_OVFL=1\nSO_TYPE=2\nSO_DOMAIN=2\n")
	p.must(t, "options", "set", "u", "multicast-join=239.1.1.1%lo", "multicast-leave=239.1.1.1%lo", "IP_MINTTL=7", "multicast-interface=lo", "IP_LOCAL_PORT_RANGE=40000-40100").
		printed(t, "multicast-join=239.1.1.1%lo\nmulticast-leave=239.1.1.1%lo\nIP_MINTTL=7\nmulticast-interface=lo\nIP_LOCAL_PORT_RANGE=40000-40100\n")
	p.ctl("options", "set", "u", "reuse-address=1", "mtu-discovery=9").want(t, 1).said(t, "(EINVAL, setsockopt, mtu-discovery=9)")
	p.ctl("options", "get", "u", "ttl", "TCP_SYNCNT").want(t, 1).said(t, ", getsockopt, TCP_SYNCNT)")
	p.ctl("options", "set", "u", "device=much-too-long-a-name").want(t, 2).said(t, "option device=much-too-long-a-name: must be at most 15 bytes")
	p.ctl("options", "set", "u", "multicast-join=ff02::1").want(t, 2).said(t, "group of option multicast-join=ff02::1: ")
	p.ctl("options", "get", "u", "raw:1:26").want(t, 2).said(t, "option raw:1:26")
	p.ctl("options", "list", "no-such-thing").want(t, 2).said(t, "no option has no-such-thing")
	for _, args := range [][]string{{"options"}, {"options", "list"}} {
		out := p.must(t, args...).out
		for _, want := range []string{"no-delay=0|1", "(TCP_NODELAY)", "TCP_SYNCNT=1..127", "raw:LEVEL:NAME=NUMBER|0xHEX", "UDP (udp(7))"} {
			if !strings.Contains(out, want) {
				t.Errorf("ctl %v lacks %s", args, want)
			}
		}
	}
}
