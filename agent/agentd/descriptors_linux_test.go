package agentd

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestLimitsFitTheDescriptors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		descriptors := rapid.IntRange(32, 1<<20).Draw(t, "descriptors")
		asked := rapid.IntRange(0, 1<<20)
		want := Limits{Connections: asked.Draw(t, "connections"), Sockets: asked.Draw(t, "sockets"),
			SocketsPerSession: asked.Draw(t, "per session")}
		got := want
		if err := got.fitDescriptors(descriptors); err != nil {
			var bad *ConfigError
			if !errors.As(err, &bad) || want == (Limits{}) {
				t.Fatalf("%+v: %v", want, err)
			}
			return
		}
		own := descriptors - got.Connections - maxOver - got.Sockets
		if got.Connections < 1 || got.Sockets < 1 || got.SocketsPerSession < 1 || own < min(ownDescriptors, descriptors/4) {
			t.Fatalf("%+v of %d leaves %d", got, descriptors, own)
		}
		if want.Sockets != 0 && got.Sockets != want.Sockets || want.Connections != 0 && got.Connections != want.Connections {
			t.Fatalf("asked for %+v, got %+v", want, got)
		}
	})
}

// scarce starts an agent that may have no more than n descriptors.
func scarce(t *testing.T, n uint64, path string, args ...string) *process {
	t.Helper()
	// A child inherits the limits, and Go raises its own at start. Lowering them
	// here would hit other tests, so a shell lowers its own.
	shell := []string{"-c", `ulimit -n "$0" && exec "$@"`, itoa(int(n)), agentBinary(t), "--listen", "unix://" + path}
	return spawnProgram(t, nil, "/bin/sh", append(shell, args...)...)
}

// An agent full of sockets and of connections still answers on each of them,
// tells who comes in addition why not, and has room again once something is
// closed.
func TestFullAgentAnswers(t *testing.T) {
	for _, descriptors := range []int{64, 256} {
		t.Run(itoa(descriptors), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.sock")
			p := scarce(t, uint64(descriptors), path)
			p.awaitListening(t, path)
			c := dial(t, path)
			session, last := c.fillSockets(t, descriptors)
			// As many connections as there may be, each of them served.
			l := Limits{}
			must(t, l.fitDescriptors(descriptors))
			table := c.who(t)
			until(t, "what looked whether the agent listens is gone", func() bool { return c.inUse(t, wire.LimitConnections) == 1 })
			for range l.Connections - 1 {
				c = dial(t, path)
				if got := c.who(t); len(got.GetInterfaces()) == 0 {
					t.Error("no descriptor left to read the interfaces with")
				}
			}
			for range maxOver {
				exceeded(t, dial(t, path).get(t), table, wire.LimitConnections)
			}
			if err := dial(t, path).get(t); status.Code(err) != codes.Unavailable {
				t.Errorf("more than are kept: %v", err)
			}
			if got := c.who(t); len(got.GetInterfaces()) == 0 {
				t.Error("no descriptor left to read the interfaces with")
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if _, err := c.sockets.Close(ctx, &farsockv1.CloseRequest{Socket: last}); err != nil {
				t.Fatalf("closing at the bound: %v", err)
			}
			if resp, err := c.datagram(ctx, session); err != nil || resp.GetSocket() == nil {
				t.Errorf("after making room: %v %v", resp, err)
			}
			contains(t, p.stderr.String(), "too many are open", "limit=connections")
		})
	}
}

func (c *client) datagram(ctx context.Context, session string) (*farsockv1.OpenResponse, error) {
	return c.sockets.Open(ctx, &farsockv1.OpenRequest{Session: session,
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM})
}

// fillSockets opens sockets up to the agent's bound, which is below most, and
// returns the last one's name.
func (c *client) fillSockets(t *testing.T, most int) (session, last string) {
	t.Helper()
	session, _, _ = c.listener(t)
	for range most {
		resp, err := c.datagram(t.Context(), session)
		if err != nil {
			info, _ := wire.InfoOf(err)
			exceeded(t, err, c.who(t), info.Metadata["limit"])
			return session, last
		}
		if resp.GetSocket() == nil {
			t.Fatalf("the kernel ran out before the agent's bound: %v", resp)
		}
		last = wire.SocketUID(resp.GetSocket().GetUid())
	}
	t.Fatal("no bound")
	return "", ""
}

// A process without descriptors, whatever took them, still describes itself.
func TestAgentAnswersWithoutDescriptors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path)
	c := dial(t, path)
	if got := c.who(t); len(got.GetInterfaces()) == 0 {
		t.Error("no interfaces before")
	}
	// Nothing below what is open now is free, and no more can be opened.
	few := &unix.Rlimit{Cur: 3, Max: 3}
	if err := unix.Prlimit(p.Process.Pid, unix.RLIMIT_NOFILE, few, nil); err != nil {
		t.Fatal(err)
	}
	if got := c.who(t); got.GetIncarnation() == "" || len(got.GetInterfaces()) != 0 {
		t.Errorf("got %v", got)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestTooManySocketsAreRefusedAtStart(t *testing.T) {
	for _, flag := range []string{"--max-sockets", "--max-connections", "--max-sockets-per-session"} {
		p := scarce(t, 64, filepath.Join(t.TempDir(), "a.sock"), flag, "1000")
		if code := p.exitCode(t); code != exitUsage {
			t.Errorf("%s: exit %d, want %d", flag, code, exitUsage)
		}
		contains(t, p.stderr.String(), flag, "1000 is not in 1 to ", "64 descriptors")
	}
}
