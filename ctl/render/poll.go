package render

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

// Ready is the sentence that says what a socket is ready for: "web  readable".
func Ready(name string, r *farsockv1.PollReady) string {
	s := Escape(name)
	for _, f := range []struct {
		on   bool
		word string
	}{
		{r.GetReadable(), "readable"}, {r.GetWritable(), "writable"}, {r.GetUrgent(), "urgent"},
		{r.GetError(), "error"}, {r.GetHangUp(), "hung-up"}, {r.GetReadHangUp(), "read-hung-up"},
	} {
		if f.on {
			s = join(s, f.word)
		}
	}
	return s
}
