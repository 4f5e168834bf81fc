//go:build linux

package sock

import (
	"context"
	"sync"
	"testing"
	"time"
)

// waiting has n calls of Await for what does not come wait on each socket, and
// ends them with the test.
func waiting(t testing.TB, sockets []*Socket, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(bg)
	var all sync.WaitGroup
	t.Cleanup(func() { cancel(); all.Wait() })
	for _, s := range sockets {
		for range n {
			all.Go(func() {
				_, out, err := s.Await(ctx, Goal{TCPStates: []string{"CLOSING"}}, Forever())
				if err != nil || out.Code != WaitElapsed {
					t.Errorf("%+v, %v", out, err)
				}
			})
		}
	}
	l := &sockets[0].env.lookout
	until(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		count := 0
		for _, s := range sockets {
			count += len(l.watches[s])
		}
		return count == n*len(sockets)
	})
}

// Thousands of waits leave the processor to others.
func TestAwaitIsCheap(t *testing.T) {
	for name, row := range map[string]struct{ sockets, waits int }{
		"on few sockets": {8, 500}, "on many sockets": {2000, 2},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			var sockets []*Socket
			for i := range row.sockets {
				switch i % 3 {
				case 0:
					sockets = append(sockets, listen(t, env, loopback(Inet)))
				case 1:
					sockets = append(sockets, open(t, env, Spec{Family: Inet, Type: Stream}))
				case 2:
					sockets = append(sockets, open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)}))
				}
			}
			waiting(t, sockets, row.waits)
			const while = time.Second
			before := processTime(t)
			time.Sleep(while) // what passes is what is measured
			if used := processTime(t) - before; used > while/3 {
				t.Errorf("%v of waiting took %v of the processor", while, used)
			} else {
				t.Logf("%v of waiting took %v of the processor", while, used)
			}
		})
	}
}

// Changes that come while many wait are seen, by all who wait for them.
func TestAwaitAmongMany(t *testing.T) {
	env := newEnv(t)
	var idle []*Socket
	for range 50 {
		idle = append(idle, open(t, env, Spec{Family: Inet, Type: Stream}))
	}
	waiting(t, idle, 10)
	rows := map[string]struct {
		s      *Socket
		goal   Goal
		change func(*testing.T, *Socket)
	}{
		"bound": {open(t, env, Spec{Family: Inet, Type: Stream}), Goal{States: []State{StateBound}}, func(t *testing.T, s *Socket) {
			if out, _, err := s.Bind(bg, *loopback(Inet), soon()); err != nil || !out.OK() {
				t.Errorf("%+v, %v", out, err)
			}
		}},
		"bound to a path": {open(t, env, Spec{Family: Unix, Type: Datagram}), Goal{States: []State{StateBound}}, func(t *testing.T, s *Socket) {
			if out, _, err := s.Bind(bg, Address{Family: Unix, Path: t.TempDir() + "/s"}, soon()); err != nil || !out.OK() {
				t.Errorf("%+v, %v", out, err)
			}
		}},
		"connected, of datagrams": {open(t, env, Spec{Family: Inet, Type: Datagram}), Goal{States: []State{StateConnected}}, func(t *testing.T, s *Socket) {
			if out, _, err := s.Connect(bg, Address{Family: Inet, Host: "127.0.0.1", Port: 9}, soon()); err != nil || !out.OK() {
				t.Errorf("%+v, %v", out, err)
			}
		}},
		"listening, unix": {open(t, env, Spec{Family: Unix, Type: Stream, Bind: &Address{Family: Unix, Path: t.TempDir() + "/l"}}), Goal{States: []State{StateListening}}, func(t *testing.T, s *Socket) {
			if out, err := s.Listen(bg, 1); err != nil || !out.OK() {
				t.Errorf("%+v, %v", out, err)
			}
		}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			first, second := awaited(t, row.s, row.goal), awaited(t, row.s, row.goal)
			until(t, func() bool {
				l := &env.lookout
				l.mu.Lock()
				defer l.mu.Unlock()
				return len(l.watches[row.s]) == 2
			})
			row.change(t, row.s)
			first()
			second()
		})
	}
}
