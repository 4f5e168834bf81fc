package agentd

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// The table of limits has the names that the contract lists, and fits a
// terminal.
func TestLimitsAreTheContracts(t *testing.T) {
	text, err := os.ReadFile("../../proto/farsock/v1/agent_service.proto")
	must(t, err)
	_, comment, found := strings.Cut(string(text), "// A bound that the agent holds.")
	comment, _, ended := strings.Cut(comment, "message Limit {")
	if !found || !ended {
		t.Fatal("the contract's comment on Limit is not where it was")
	}
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(comment, -1) {
		want[m[1]] = true
	}
	for _, l := range dial(t, pathOf(embedded(t, Config{}))).who(t).GetLimits() {
		if !want[l.GetName()] {
			t.Errorf("%s: there twice, or not in the contract", l.GetName())
		}
		delete(want, l.GetName())
		if n := utf8.RuneCountInString(l.GetDescription()); n == 0 || n > 30 || l.GetUnit() == "" || l.GetMax() <= 0 || l.GetInUse() < 0 {
			t.Errorf("%v", l)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the table: %v", slices.Sorted(maps.Keys(want)))
	}
}

// Every bound that both ends share is in the table, or is not the agent's.
func TestSharedBoundsAreInTheTable(t *testing.T) {
	const (
		kernels = "-" // the kernel's, or of a format
		choice  = ""  // a default or a size that is chosen, not a bound
	)
	rows := map[string]struct {
		name  string
		value int64
	}{
		"MaxUnaryBytes": {"payload_bytes", wire.MaxUnaryBytes}, "MaxDelimiterBytes": {"delimiter_bytes", wire.MaxDelimiterBytes},
		"MaxPatternBytes": {"pattern_bytes", wire.MaxPatternBytes}, "MaxDatagrams": {"datagrams", wire.MaxDatagrams},
		"MaxBuffers": {"buffers", wire.MaxBuffers}, "MaxControlMessages": {"control_messages", wire.MaxControlMessages},
		"MaxControlBytes": {"control_bytes", wire.MaxControlBytes}, "MaxReceiveControlBytes": {"receive_control_bytes", wire.MaxReceiveControlBytes},
		"MaxWait": {"wait", int64(wire.MaxWait / time.Second)}, "MaxOptions": {"options", wire.MaxOptions},
		"MaxOptionBytes": {"option_bytes", wire.MaxOptionBytes}, "MaxSocketTimeout": {"socket_timeout", int64(wire.MaxSocketTimeout / time.Second)},
		"MaxPollItems": {"poll_items", wire.MaxPollItems}, "MaxPageSize": {"page_size", wire.MaxPageSize},
		"MaxNameBytes": {"name_bytes", wire.MaxNameBytes}, "MinTTL": {"session_ttl_min", int64(wire.MinTTL / time.Second)},
		"MaxTTL": {"session_ttl_max", int64(wire.MaxTTL / time.Second)}, "MaxMessageBytes": {wire.LimitMessageBytes, wire.MaxMessageBytes},
		"MaxInterfaceBytes": {kernels, 0}, "MaxCongestionBytes": {kernels, 0}, "MaxPort": {kernels, 0}, "MaxProtocol": {kernels, 0},
		"ProtocolMPTCP": {kernels, 0}, "MaxHostBytes": {kernels, 0}, "MaxUnixPathBytes": {kernels, 0}, "MaxPathBytes": {kernels, 0},
		"MaxFileNameBytes": {kernels, 0}, "MaxStates": {kernels, 0}, "MaxTCPStates": {kernels, 0},
		"DefaultReceiveBytes": {choice, 0}, "StreamChunk": {choice, 0}, "StreamSendChunk": {choice, 0}, "DefaultPageSize": {choice, 0},
		"DefaultBacklog": {choice, 0}, "DefaultTTL": {choice, 0},
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../../proto/wire/limits.go", nil, 0)
	must(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, name := range spec.Names {
			if _, known := rows[name.Name]; !known {
				t.Errorf("wire.%s has no row in the table of limits, and no reason why not", name.Name)
			}
		}
		return true
	})
	table := map[string]int64{}
	for _, l := range dial(t, pathOf(embedded(t, Config{}))).who(t).GetLimits() {
		table[l.GetName()] = l.GetMax()
	}
	for constant, row := range rows {
		if row.value != 0 && table[row.name] != row.value {
			t.Errorf("wire.%s is %d, limit %s %d", constant, row.value, row.name, table[row.name])
		}
	}
}

// Whoever goes over a limit is told its name and bound, as the table has them.
// (Connections, calls and messages: bounds_linux_test.go.)
func TestExceededLimitsAreNamed(t *testing.T) {
	session := func(ctx context.Context, c *client) error {
		_, err := c.sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{Ttl: durationpb.New(time.Minute)})
		return err
	}
	open := func(ctx context.Context, c *client) error {
		resp, err := c.sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{Ttl: durationpb.New(time.Minute)})
		if err == nil {
			for err == nil {
				_, err = c.datagram(ctx, resp.GetSession().GetName())
			}
		}
		return err
	}
	// More than the bound waits for a peer that does not read.
	send := func(ctx context.Context, c *client) error {
		_, listening, addr := c.listener(t)
		peer, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer peer.Close()
		accepted, err := c.sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: listening})
		if err != nil {
			return err
		}
		sending, cancel := context.WithCancel(ctx)
		defer cancel()
		const sends = 8 * leastHeld / wire.MaxUnaryBytes // the kernel takes some
		failed := make(chan error, sends)
		for range sends {
			go func() {
				_, err := c.sockets.Send(sending, &farsockv1.SendRequest{Socket: wire.SocketUID(accepted.GetSocket().GetUid()),
					Data: make([]byte, wire.MaxUnaryBytes), Wait: durationpb.New(time.Hour)})
				failed <- err
			}()
		}
		for range sends {
			if one := <-failed; one != nil && err == nil {
				err = one
				cancel() // those that wait
			}
		}
		return err
	}
	for limit, c := range map[string]struct {
		limits Limits
		over   func(context.Context, *client) error
	}{
		"sessions":              {Limits{Sessions: 2}, session},
		"sessions_per_identity": {Limits{SessionsPerIdentity: 2}, session},
		"sockets":               {Limits{Sockets: 2, SocketsPerSession: 9}, open},
		"sockets_per_session":   {Limits{SocketsPerSession: 2}, open},
		"held_bytes":            {Limits{HeldBytes: leastHeld}, send},
	} {
		t.Run(limit, func(t *testing.T) {
			client := dial(t, pathOf(embedded(t, Config{Limits: c.limits})))
			table := client.who(t)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var err error
			for range 3 {
				if err == nil {
					err = c.over(ctx, client)
				}
			}
			exceeded(t, err, table, limit)
		})
	}
}

// Where others are admitted, nobody may take all of what is counted by identity.
func TestSharesOfSeveralUsers(t *testing.T) {
	for _, c := range []struct {
		several            bool
		connections, calls int
	}{{false, 9, defaultCalls}, {true, 4, defaultCalls / 2}} {
		l := Limits{Connections: 9}
		l.fill(c.several)
		if l.ConnectionsPerIdentity != c.connections || l.CallsPerIdentity != c.calls {
			t.Errorf("several %v: %+v", c.several, l)
		}
	}
	asked := Limits{Connections: 9, ConnectionsPerIdentity: 9, Calls: 5, CallsPerIdentity: 5}
	if asked.fill(true); asked.ConnectionsPerIdentity != 9 || asked.CallsPerIdentity != 5 {
		t.Errorf("what was asked for became %+v", asked)
	}
}

// What is bounded for each identity is shown with the caller's own use.
func TestOwnUseOfLimits(t *testing.T) {
	path := pathOf(embedded(t, Config{}))
	a, b := dial(t, path), dial(t, path)
	a.listener(t)
	b.listener(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a.waiting(ctx, t, 3) // in a session of its own
	agent := b.who(t)
	for limit, want := range map[string]int64{
		"sessions_per_identity": 3, wire.LimitConnectionsPerIdentity: 2, wire.LimitCallsPerIdentity: 4,
		"sockets_per_session": 0, "held_bytes_per_socket": 0,
	} {
		if n := used(agent, limit); n != want {
			t.Errorf("%s: %d in use, want %d", limit, n, want)
		}
	}
}
