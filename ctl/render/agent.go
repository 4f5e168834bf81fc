package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Agent describes an agent and its host.
func Agent(w io.Writer, width int, a *farsockv1.Agent) error {
	var names []string
	for _, n := range a.GetNetworkNamespaces() {
		names = append(names, n.GetName())
	}
	err := Pairs(w, []Pair{
		{"host", Escape(a.GetHostname())},
		{"version", Escape(a.GetVersion())},
		{"system", Escape(fmt.Sprintf("%s/%s %s", a.GetOs(), a.GetArch(), a.GetKernel()))},
		{"process", fmt.Sprintf("pid %d, uid %d", a.GetPid(), a.GetUid())},
		{"started", a.GetStartTime().AsTime().UTC().Format(time.RFC3339)},
		{"incarnation", a.GetIncarnation()},
		{"can do", Escape(strings.Join(a.GetCapabilities(), " "))},
		{"namespaces", Escape(strings.Join(names, " "))},
	})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
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

func interfaces(w io.Writer, width int, list []*farsockv1.NetworkInterface) error {
	rows := make([][]string, len(list))
	for i, n := range list {
		state := "down"
		if n.GetUp() {
			state = "up"
		}
		rows[i] = []string{Escape(n.GetName()), state, number(int64(n.GetMtu())), Escape(strings.Join(n.GetAddresses(), " "))}
	}
	return Table(w, width, []Column{{Title: "INTERFACE"}, {Title: "STATE"}, {Title: "MTU", Drop: 1}, {Title: "ADDRESSES"}}, rows)
}

func limits(w io.Writer, width int, list []*farsockv1.Limit) error {
	rows := make([][]string, len(list))
	for i, l := range list {
		rows[i] = []string{Escape(l.GetName()), strings.TrimSpace(number(l.GetMax()) + " " + Escape(l.GetUnit())), optional(l.InUse)}
	}
	return Table(w, width, []Column{{Title: "LIMIT"}, {Title: "MAX"}, {Title: "IN USE"}}, rows)
}
