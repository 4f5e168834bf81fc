//go:build linux

package rpc

import (
	"sync"

	"github.com/farsock/farsock/agent/internal/seeded"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// maxBacklog is how many bytes may wait for the kernel while the stream's
// messages are read on for the acks among them: without those a peer that reads
// nothing before it has been read would stop for good.
const maxBacklog = 256 << 10

// backlog is what was received and waits for its turn to be applied, by a
// goroutine that lives only while there is some. Its bytes are charged to the
// budget, which never refuses them: they are in memory already.
type backlog struct {
	left chan struct{} // capacity 1; there is less than before

	mu      sync.Mutex
	jobs    []job // guarded by mu
	bytes   int64 // guarded by mu; of jobs and of the one being applied
	running bool  // guarded by mu; something is being applied
	broken  bool  // guarded by mu; and nothing more will be
}

// busy reports whether more than n bytes wait, with 0 whether anything does.
func (b *backlog) busy(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes > n || n == 0 && b.running
}

// push adds a job; start says that nobody is applying.
func (b *backlog) push(j job) (start, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return false, false
	}
	b.bytes += j.cost()
	if n := len(b.jobs); n > 0 && b.jobs[n-1].merge(j) {
		return false, true
	}
	b.jobs = append(b.jobs, j)
	start = !b.running
	b.running = true
	return start, true
}

// mergeable is the size up to which bytes are appended to those before them, so
// that very many tiny messages cost no more than their bytes.
const mergeable = 32 << 10

func (j *job) merge(next job) bool {
	if j.closeWrite || next.closeWrite || j.datagrams != nil || next.datagrams != nil || len(j.data)+len(next.data) > mergeable {
		return false
	}
	j.data = append(j.data, next.data...)
	return true
}

// pop returns the next job, or false if there is none, and then nobody is
// applying any more. done is the cost of the one before.
func (b *backlog) pop(done int64) (j job, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes -= done
	if len(b.jobs) == 0 {
		b.jobs, b.running = nil, false
		return job{}, false
	}
	j = b.jobs[0]
	b.jobs[0] = job{}
	b.jobs = b.jobs[1:]
	return j, true
}

// discard drops all jobs, and those to come, and returns their cost.
func (b *backlog) discard() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.bytes
	b.jobs, b.bytes, b.running, b.broken = nil, 0, false, true
	return n
}

// later leaves a job to the applying goroutine, and returns when that is not too
// far behind.
func (u *uploading) later(j job) error {
	u.server.Env.Budget.Force(j.cost())
	start, ok := u.backlog.push(j)
	if !ok {
		u.server.Env.Budget.Give(j.cost())
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
	return u.drained(maxBacklog)
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
			budget.Give(u.backlog.discard())
			u.lessLeft()
		}
	}()
	for done := int64(0); ; {
		j, ok := u.backlog.pop(done)
		budget.Give(done)
		u.lessLeft()
		if empty = !ok; empty {
			return nil
		}
		if err := u.apply(j); err != nil {
			return err
		}
		done = j.cost()
	}
}

func (u *uploading) lessLeft() {
	select {
	case u.backlog.left <- struct{}{}:
	default:
	}
}
