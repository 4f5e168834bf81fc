package session

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// Entry is a socket in the table. It is reached through a Call, Install or
// Sockets.
type Entry[S any] struct {
	Socket  S         // immutable
	Created time.Time // immutable; by the host's clock
	// ListenerUID is the listener that accepted it; empty for any other.
	// Immutable.
	ListenerUID string

	session *Session[S] // immutable
	name    string      // immutable
	uid     string      // immutable
	number  uint64      // immutable
	removed bool        // guarded by Table.mu
	records []*record   // guarded by Table.mu; kept until a while after Remove
}

// Session owns the socket.
func (e *Entry[S]) Session() *Session[S] { return e.session }

// Name is unique among the session's live sockets.
func (e *Entry[S]) Name() string { return e.name }

// UID is the agent's own name for the socket, never used twice.
func (e *Entry[S]) UID() string { return e.uid }

// Number orders the agent's sockets by when they were installed; from 1.
func (e *Entry[S]) Number() uint64 { return e.number }

// Reservation holds a name and a place in the quota for a socket that is being
// made, so that neither can fail once the kernel has made it.
type Reservation[S any] struct {
	session *Session[S] // immutable
	name    string      // immutable
	given   uint64      // immutable; the number in a name that the agent gave, else 0
	settled bool        // guarded by Table.mu; installed or released
}

// Reserve holds a name, or one that the agent gives if name is empty. Call it
// before the kernel is asked for a descriptor, and Release it in any case.
//
// Errors: *NameError, *EndedError, *SocketExistsError, *LimitError.
func (s *Session[S]) Reserve(name string) (*Reservation[S], error) {
	if name != "" && !ValidName(name) {
		return nil, &NameError{Field: "name", Got: name}
	}
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.state != Active {
		return nil, s.ended()
	}
	if _, taken := s.names[name]; taken {
		return nil, &SocketExistsError{Socket: Ref{SessionID: s.id, SocketName: name}.String()}
	}
	if most := t.config.Limits.SocketsPerSession; len(s.names) >= most {
		return nil, &LimitError{Limit: LimitSocketsPerSession, Max: most}
	}
	if most := t.config.Limits.Sockets; t.socketUse >= most {
		return nil, &LimitError{Limit: LimitSockets, Max: most}
	}
	r := &Reservation[S]{session: s, name: name}
	for r.name == "" {
		s.nameSeq++
		given := "s" + strconv.FormatUint(s.nameSeq, 10)
		if _, taken := s.names[given]; !taken {
			r.name, r.given = given, s.nameSeq
		}
	}
	s.names[r.name] = nil
	t.socketUse++
	return r, nil
}

// Name is the name that is held.
func (r *Reservation[S]) Name() string { return r.name }

// Install puts the socket into the table under the reserved name. listenerUID
// is the listener that accepted it, or empty. On an error the socket remains the
// caller's, who closes it and then Releases the reservation.
//
// Errors: *EndedError.
func (r *Reservation[S]) Install(socket S, listenerUID string) (*Entry[S], error) {
	s := r.session
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.settled {
		panic("session: Install on a reservation that was installed or released")
	}
	if s.state != Active && !seeded.On(seeded.DialAfterEnd) {
		return nil, s.ended()
	}
	r.settled = true
	t.socketSeq++
	e := &Entry[S]{
		Socket:      socket,
		Created:     t.config.Now(),
		ListenerUID: listenerUID,
		session:     s,
		name:        r.name,
		uid:         socketUID(t.config.Incarnation, t.socketSeq),
		number:      t.socketSeq,
	}
	s.names[e.name] = e
	s.installed++
	t.sockets[e.uid] = e
	return e, nil
}

// Release gives the name and the place in the quota back; after Install it does
// nothing. May be repeated.
func (r *Reservation[S]) Release() {
	t := r.session.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if !r.settled {
		r.settled = true
		delete(r.session.names, r.name)
		if r.given != 0 && r.given == r.session.nameSeq {
			// Nobody saw the name: an Accept that looks often for a connection
			// must not use numbers up.
			r.session.nameSeq--
		}
		t.socketUse--
	}
}

// Remove takes a closed socket out of the table: its name is free again, its
// uid dead, its place in the quota given back. It reports whether this call did
// so. Call it after the socket's own Close has returned.
func (s *Session[S]) Remove(e *Entry[S]) bool {
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.removed {
		return false
	}
	e.removed = true
	t.socketUse--
	if s.state != Active { // end has done the rest
		return true
	}
	delete(t.sockets, e.uid)
	delete(s.names, e.name)
	s.installed--
	expiry := t.look() + t.config.ResponseFor
	for _, r := range e.records {
		t.schedule(&r.expiry, expiry)
	}
	e.records = nil
	return true
}

// Sockets reads at most limit of the session's sockets whose Number is above
// after, in the order they were made, and says whether there are more.
func (s *Session[S]) Sockets(after uint64, limit int) (page []*Entry[S], more bool) {
	s.table.mu.Lock()
	for _, e := range s.names {
		if e != nil && e.number > after {
			page = append(page, e)
		}
	}
	s.table.mu.Unlock()
	slices.SortFunc(page, func(a, b *Entry[S]) int { return cmp.Compare(a.number, b.number) })
	if len(page) > limit {
		return page[:limit], true
	}
	return page, false
}
