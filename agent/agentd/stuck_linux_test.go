package agentd

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What never ends does not keep the agent: it says so, gives its endpoint back,
// and the process can exit.
func TestStuckWorkDoesNotKeepTheAgent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	cfg, err := Config{
		Listen: []string{"unix://" + path}, DrainTimeout: -1,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}.checked()
	if err != nil {
		t.Fatal(err)
	}
	a, err := build(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.serve()
	stuck := make(chan struct{})
	a.streams.Go(func() { <-stuck })
	began := time.Now()
	if err := a.shutDown(); !errors.Is(err, ErrStuck) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took < stuckAfter || took > 3*stuckAfter {
		t.Errorf("took %v", took)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the endpoint was left behind: %v", err)
	}
	close(stuck)
	a.streams.Wait()
}
