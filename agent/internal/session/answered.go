package session

import "time"

// Answered is the stored value of a request that was answered in some live
// session of identity. It is for a repeat that no longer can be led to its
// session: the socket that it names, by uid, has closed since. Finding one
// renews its session.
func (t *Table[S]) Answered(identity, requestID string, digest [32]byte) (value any, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.live[identity] {
		r := s.records[requestID]
		if r == nil || r.digest != digest {
			continue
		}
		select {
		case <-r.done:
			s.renewals++
			s.begin(time.Now())
			return r.result.Value, true
		default: // still running: its own callers get what it comes to
		}
	}
	return nil, false
}
