package agentd

import (
	"maps"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// The first that a client hears is what it may do.
func TestServerStatesItsBounds(t *testing.T) {
	h := attack(t, pathOf(embedded(t, Config{})), 1<<16, false)
	must(t, h.SetReadDeadline(time.Now().Add(patience)))
	f, err := h.framer.ReadFrame()
	must(t, err)
	settings, ok := f.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("first %v", f)
	}
	got := map[http2.SettingID]uint32{}
	must(t, settings.ForeachSetting(func(s http2.Setting) error {
		got[s.ID] = s.Val
		return nil
	}))
	want := map[http2.SettingID]uint32{
		http2.SettingMaxFrameSize:         16 << 10,
		http2.SettingMaxConcurrentStreams: maxStreams,
		http2.SettingInitialWindowSize:    streamWindow,
		http2.SettingMaxHeaderListSize:    maxHeaders,
	}
	if !maps.Equal(got, want) {
		t.Errorf("settings %v, want %v", got, want)
	}
}

// goAway reads until the agent sends the client away, and returns why.
func (h *hostile) goAway(t *testing.T) http2.ErrCode {
	t.Helper()
	must(t, h.SetReadDeadline(time.Now().Add(patience)))
	for {
		f, err := h.framer.ReadFrame()
		must(t, err)
		if g, ok := f.(*http2.GoAwayFrame); ok {
			return g.ErrCode
		}
	}
}

// A client that pings all the time is sent away.
func TestPingingIsBounded(t *testing.T) {
	h := attack(t, pathOf(embedded(t, Config{})), 1<<16, false)
	for range 10 {
		if err := h.framer.WritePing(false, [8]byte{}); err != nil {
			break
		}
	}
	if why := h.goAway(t); why != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("sent away with %v", why)
	}
}

// Of more calls at once than the settings allow, the rest are refused each for
// itself, and the connection goes on.
func TestCallsOfAConnectionAreBounded(t *testing.T) {
	path := pathOf(embedded(t, Config{}))
	h := attack(t, path, 1<<16, false)
	for range maxStreams + 1 {
		_, err := h.call(farsockv1.SocketService_Stream_FullMethodName)
		must(t, err)
	}
	must(t, h.SetReadDeadline(time.Now().Add(patience)))
	for {
		f, err := h.framer.ReadFrame()
		must(t, err)
		if r, ok := f.(*http2.RSTStreamFrame); ok {
			if r.ErrCode != http2.ErrCodeRefusedStream || r.StreamID != h.last {
				t.Errorf("stream %d of %d was reset with %v", r.StreamID, h.last, r.ErrCode)
			}
			break
		}
	}
	dial(t, path).who(t)
}

// No compression is offered: a small message cannot become a large one here.
func TestCompressionIsNotOffered(t *testing.T) {
	h := attack(t, pathOf(embedded(t, Config{})), 1<<16, false)
	h.encoding = "gzip"
	stream, err := h.call(farsockv1.AgentService_GetAgent_FullMethodName)
	must(t, err)
	must(t, h.send(stream, &farsockv1.GetAgentRequest{}))
	h.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	must(t, h.SetReadDeadline(time.Now().Add(patience)))
	for {
		f, err := h.framer.ReadFrame()
		must(t, err)
		if m, ok := f.(*http2.MetaHeadersFrame); ok {
			for _, field := range m.Fields {
				if field.Name == "grpc-status" {
					if field.Value != "12" {
						t.Errorf("grpc-status %s, want 12 (UNIMPLEMENTED)", field.Value)
					}
					return
				}
			}
			t.Fatal("headers without a status")
		}
	}
}
