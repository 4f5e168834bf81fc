package session

// Answered is the stored value of a request that was answered in some live
// session of identity; nil if there is none. It is for a repeat that no longer
// can be led to its session: the socket that it names, by uid, has closed since.
// Finding one renews its session.
//
// Errors: *EndedError, if the session that answered it has ended since.
func (t *Table[S]) Answered(identity, requestID string, digest [32]byte) (value any, err error) {
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
			s.begin(t.look())
			return r.result.Value, nil
		default: // still running: its own callers get what it comes to
		}
	}
	if s := t.past[request{identity, requestID}]; s != nil {
		return nil, s.ended()
	}
	return nil, nil
}
