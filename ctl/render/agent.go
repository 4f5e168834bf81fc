package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Agent describes an agent and its host. The interfaces are those of the network
// namespace netns; empty is the agent's own. Where the width is 0 tables are as wide
// as they like, and the long list of what the agent can do has 80 columns.
func Agent(w io.Writer, width int, a *farsockv1.Agent, netns string) error {
	beside := width
	if beside <= 0 {
		beside = 80
	}
	err := PairsWithin(w, beside, []Pair{
		{"host", Escape(a.GetHostname())},
		{"version", Escape(a.GetVersion())},
		{"system", Escape(fmt.Sprintf("%s/%s %s", a.GetOs(), a.GetArch(), a.GetKernel()))},
		{"process", fmt.Sprintf("pid %d, uid %d", a.GetPid(), a.GetUid())},
		{"started", a.GetStartTime().AsTime().UTC().Format(time.RFC3339)},
		{"incarnation", a.GetIncarnation()},
		{"can do", Escape(strings.Join(a.GetCapabilities(), " "))},
	})
	if err != nil {
		return err
	}
	if err := namespaces(w, width, a.GetNetworkNamespaces()); err != nil {
		return err
	}
	title := "\n"
	if netns != "" {
		title = "\nnetwork namespace " + Escape(netns) + "\n"
	}
	if _, err := io.WriteString(w, title); err != nil {
		return err
	}
	if err := interfaces(w, width, a.GetInterfaces()); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return limits(w, width, a.GetLimits())
}

// namespaces writes the host's named network namespaces, if it has any.
func namespaces(w io.Writer, width int, list []*farsockv1.NetworkNamespace) error {
	if len(list) == 0 {
		return nil
	}
	rows := make([][]string, len(list))
	for i, n := range list {
		own := ""
		if n.GetOwn() {
			own = "the agent's own"
		}
		rows[i] = []string{Escape(n.GetName()), strconv.FormatUint(n.GetInode(), 10), Escape(n.GetPath()), own}
	}
	columns, rows := WithoutEmpty([]Column{{Title: "NETNS"}, {Title: "INODE", Lead: "inode "}, {Title: "PATH"}, {Title: "IS"}}, rows, "IS")
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return whole(w, width, columns, rows)
}

func interfaces(w io.Writer, width int, list []*farsockv1.NetworkInterface) error {
	rows := make([][]string, len(list))
	for i, n := range list {
		state := "down"
		if n.GetUp() {
			state = "up"
		}
		rows[i] = []string{Escape(n.GetName()), state, number(int64(n.GetMtu())), Escape(strings.Join(n.GetAddresses(), " "))}
	}
	return whole(w, width, []Column{{Title: "INTERFACE"}, {Title: "STATE"}, {Title: "MTU", Lead: "mtu "}, {Title: "ADDRESSES"}}, rows)
}

// limits writes one table of every bound. Units that say nothing beside the
// description are left to -o json.
func limits(w io.Writer, width int, list []*farsockv1.Limit) error {
	rows := make([][]string, len(list))
	for i, l := range list {
		used := ""
		if l.InUse != nil {
			used = measure(l.GetInUse(), l.GetUnit())
		}
		what := Escape(l.GetDescription())
		if what == "" { // an older agent
			what = Escape(l.GetUnit())
		}
		rows[i] = []string{Escape(l.GetName()), used, measure(l.GetMax(), l.GetUnit()), what}
	}
	return whole(w, width, []Column{{Title: "LIMIT"}, {Title: "IN USE", Lead: "in use "}, {Title: "MAX", Lead: "max "}, {Title: "OF"}}, rows)
}

// measure is a figure as people write it: "256MiB", "24h", "1024".
func measure(n int64, unit string) string {
	switch unit {
	case "bytes":
		for _, u := range []struct {
			size int64
			name string
		}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
			if n >= u.size && n%u.size == 0 {
				return strconv.FormatInt(n/u.size, 10) + u.name
			}
		}
		return strconv.FormatInt(n, 10) + "B"
	case "seconds":
		for _, u := range []struct {
			size int64
			name string
		}{{3600, "h"}, {60, "m"}} {
			if n >= u.size && n%u.size == 0 {
				return strconv.FormatInt(n/u.size, 10) + u.name
			}
		}
		return strconv.FormatInt(n, 10) + "s"
	}
	return strconv.FormatInt(n, 10)
}
