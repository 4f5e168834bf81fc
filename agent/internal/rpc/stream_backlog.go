//go:build linux

package rpc

import (
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/agent/internal/seeded"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// maxBacklog is how many bytes may wait for the kernel while the stream's
// messages are read on for the acks among them: without those a peer that reads
// nothing before it has been read would stop for good.
const maxBacklog = 256 << 10

// smallBacklog is how much of that may wait though the budget be full.
const smallBacklog = 4 << 10

// backlog is what was received and waits for its turn to be applied, by a
// goroutine that lives only while there is some. What it keeps is charged to the
// budget, also where that is full, since it is in memory already; but then
// nothing more is received.
type backlog struct {
	left chan struct{} // capacity 1; there is less than before

	mu      sync.Mutex
	jobs    []job // guarded by mu
	size    int64 // guarded by mu; of jobs and of the one being applied
	charged int64 // guarded by mu; their costs
	beyond  bool  // guarded by mu; the budget had no room for the last
	running bool  // guarded by mu; something is being applied
	broken  bool  // guarded by mu; and nothing more will be
}

// busy reports whether more than n bytes wait, with 0 whether anything does.
func (b *backlog) busy(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size > n || n == 0 && b.running
}

// push adds a job and charges for it; start says that nobody is applying.
func (b *backlog) push(j job, budget *sock.Budget) (start, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return false, false
	}
	b.size += j.size()
	if n := len(b.jobs); n > 0 {
		last := &b.jobs[n-1]
		if was := last.cost(); last.merge(j) {
			b.charge(last.cost()-was, budget)
			return false, true
		}
	}
	j.settle()
	b.charge(j.cost(), budget)
	b.jobs = append(b.jobs, j)
	start = !b.running
	b.running = true
	return start, true
}

// charge takes n bytes of the budget, or returns -n; b.mu is locked.
func (b *backlog) charge(n int64, budget *sock.Budget) {
	b.charged += n
	if n <= 0 {
		budget.Give(-n)
		return
	}
	if b.beyond = budget.Take(n) != nil; b.beyond {
		budget.Force(n)
	}
}

// pop gives back what the job before was charged, and returns the next, or false
// if there is none, and then nobody is applying any more.
func (b *backlog) pop(done job, budget *sock.Budget) (j job, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size -= done.size()
	b.charged -= done.cost()
	budget.Give(done.cost())
	if len(b.jobs) == 0 {
		b.jobs, b.running = nil, false
		return job{}, false
	}
	j = b.jobs[0]
	b.jobs[0] = job{}
	b.jobs = b.jobs[1:]
	return j, true
}

// discard drops all jobs, and those to come.
func (b *backlog) discard(budget *sock.Budget) {
	b.mu.Lock()
	defer b.mu.Unlock()
	budget.Give(b.charged)
	b.jobs, b.size, b.charged, b.running, b.broken = nil, 0, 0, false, true
}

// indebted reports whether what waits is more than may, the budget being full.
func (b *backlog) indebted() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.beyond && b.size > smallBacklog
}

// later leaves a job to the applying goroutine.
func (u *uploading) later(j job) error {
	start, ok := u.backlog.push(j, u.server.Env.Budget)
	if !ok {
		return errStreamOver
	}
	if start {
		u.server.Streams.Go(func() {
			if err := u.guarded(u.drain); err != nil {
				u.failed <- err
			}
		})
	}
	if seeded.On(seeded.AppliedEarly) {
		_ = u.out.report(u.ctx.Done(), &farsockv1.Applied{Offset: u.next})
	}
	return nil
}

// room waits until another message may be received: until the backlog is not too
// long, and the budget has room for it or it is short. Acks behind that wait too;
// the client's next stream brings them if nothing else lets this one go on.
func (u *uploading) room() error {
	if err := u.drained(maxBacklog); err != nil || !u.backlog.indebted() {
		return err
	}
	repaid, leave := u.server.Env.Budget.Repaid()
	defer leave()
	applied := u.attachment.SendApplied()
	patience := time.NewTimer(u.server.Stall)
	defer patience.Stop()
	for u.backlog.indebted() {
		select {
		case <-repaid:
			return nil
		case <-u.backlog.left:
		case <-patience.C:
			before := applied
			if applied = u.attachment.SendApplied(); applied == before {
				return wire.Errorf(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_STALLED, onSocket(u.call.Socket),
					"what was sent waited for %s, and the agent had no room to read on", u.server.Stall)
			}
			patience.Reset(u.server.Stall)
		case <-u.ctx.Done():
			return errStreamOver
		}
	}
	return nil
}

// drained waits until no more than n bytes wait.
func (u *uploading) drained(n int64) error {
	for u.backlog.busy(n) {
		select {
		case <-u.backlog.left:
		case <-u.ctx.Done():
			return errStreamOver
		}
	}
	return nil
}

// drain applies what there is.
func (u *uploading) drain() error {
	budget, empty := u.server.Env.Budget, false
	defer func() {
		if !empty { // an error, or a panic
			u.backlog.discard(budget)
			u.lessLeft()
		}
	}()
	for done := (job{}); ; {
		j, ok := u.backlog.pop(done, budget)
		u.lessLeft()
		if empty = !ok; empty {
			return nil
		}
		if err := u.apply(j); err != nil {
			return err
		}
		done = j
	}
}

func (u *uploading) lessLeft() {
	select {
	case u.backlog.left <- struct{}{}:
	default:
	}
}
