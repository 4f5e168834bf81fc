//go:build linux

package sock

// maxReceived bounds the messages of one Receive.
const maxReceived = 64

func (s *Socket) checkReceive(r *ReceiveRequest) error {
	stream := s.typ == Stream
	switch {
	case r.Max < 0 || r.Max > maxReceive:
		return &RangeError{Field: "max_bytes", Got: int64(r.Max), Max: maxReceive}
	case r.MaxDatagrams < 0 || r.MaxDatagrams > maxReceived:
		return &RangeError{Field: "max_datagrams", Got: int64(r.MaxDatagrams), Min: 1, Max: maxReceived}
	case stream && r.MaxDatagrams != 0 && !r.ErrorQueue:
		return &ArgumentError{Field: "max_datagrams", Reason: "must be unset on a stream socket"}
	case r.controlRoom() < 0 || r.controlRoom() > maxControlBytes:
		return &RangeError{Field: "max_control_bytes", Got: int64(r.controlRoom()), Max: maxControlBytes}
	case r.ErrorQueue && s.family == Unix:
		return &ArgumentError{Field: "error_queue", Reason: "must be unset on a unix socket"}
	case r.Offset != nil && !r.Manual:
		return &ArgumentError{Field: "offset", Reason: "needs manual acknowledgement"}
	case r.Peek && r.Manual:
		return &ArgumentError{Field: "peek", Reason: "excludes manual acknowledgement"}
	case r.OutOfBand && s.isMPTCP():
		return errNotUrgent
	case r.OutOfBand && (r.Manual || !r.Until.none() || r.WaitAll):
		return &ArgumentError{Field: "out_of_band", Reason: "excludes manual acknowledgement, a condition and wait_all"}
	case r.ErrorQueue && (r.Manual || !r.Until.none() || r.WaitAll || r.OutOfBand || r.Peek):
		return &ArgumentError{Field: "error_queue", Reason: "excludes manual acknowledgement, a condition, peek, out_of_band and wait_all"}
	case r.WaitAll && !r.Until.none():
		return &ArgumentError{Field: "wait_all", Reason: "excludes a condition"}
	}
	if err := r.checkBuffers(); err != nil || r.Until.none() {
		return err
	}
	switch {
	case !stream:
		return &ArgumentError{Field: "until", Reason: "is for stream sockets"}
	case r.Until.count() > 1:
		return &ArgumentError{Field: "until", Reason: "holds several conditions"}
	case r.Peek:
		return &ArgumentError{Field: "peek", Reason: "excludes a condition"}
	case r.Max < 1:
		return &RangeError{Field: "max_bytes", Got: int64(r.Max), Min: 1, Max: maxReceive}
	case r.Until.Exactly < 0 || r.Until.Exactly > r.Max:
		return &RangeError{Field: "exactly", Got: int64(r.Until.Exactly), Min: 1, Max: int64(r.Max)}
	case r.Until.Delimiter != nil && len(r.Until.Delimiter) == 0:
		return &ArgumentError{Field: "delimiter", Reason: "is empty"}
	}
	return nil
}

func (r *ReceiveRequest) checkBuffers() error {
	if r.Buffers == nil {
		return nil
	}
	if sum, ok := total(r.Buffers); !ok || sum != r.Max {
		return &ArgumentError{Field: "buffer_sizes", Reason: "must together be max_bytes"}
	}
	if r.Manual || !r.Until.none() || r.MaxDatagrams != 0 {
		return &ArgumentError{Field: "buffer_sizes", Reason: "excludes manual acknowledgement, a condition and max_datagrams"}
	}
	return nil
}
