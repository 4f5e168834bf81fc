//go:build linux

package e2e

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"
)

const (
	// faultSeedVariable replays a run's schedules of faults.
	faultSeedVariable = "FARSOCK_FAULT_SEED"
	// faultTableVariable names a file that the table is appended to as well: go
	// test says nothing of what a passing package prints.
	faultTableVariable = "FARSOCK_FAULT_TABLE"
)

// faultSeed is this run's: every fault test draws from it and its own name, so
// that one test alone meets the same schedule as the whole run.
var faultSeed = sync.OnceValues(func() (uint64, error) {
	if s := os.Getenv(faultSeedVariable); s != "" {
		return strconv.ParseUint(s, 10, 64)
	}
	return uint64(time.Now().UnixNano()), nil
})

// faultRandom is the test's own source of chance; its first words are the seed.
// Not for several goroutines at once.
func faultRandom(t testing.TB) *rand.Rand {
	t.Helper()
	seed, err := faultSeed()
	if err != nil {
		t.Fatalf("%s: %v", faultSeedVariable, err)
	}
	t.Logf("%s=%d", faultSeedVariable, seed)
	name := fnv.New64a()
	_, _ = io.WriteString(name, t.Name())
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}

// faultCount is one row of the table: what a test did to the programs and what
// became of it. Any goroutine may count.
type faultCount struct {
	kind string // immutable: what was done, in a few words

	faults   atomic.Int64 // how often
	moved    atomic.Int64 // bytes that arrived, both ways
	lost     atomic.Int64 // bytes that should have arrived and did not
	repeated atomic.Int64 // bytes that arrived again
	left     atomic.Int64 // sockets that were there and should not have been

	mu     sync.Mutex
	note   string // guarded by mu
	result string // guarded by mu; "running" until the test has ended
}

var faultTable struct {
	sync.Mutex
	rows []*faultCount // guarded by the mutex; as the tests began
}

// countFaults gives the test a row of the table, which is printed however the
// test ends. Bytes that are lost or repeated and sockets that are left fail it.
func countFaults(t testing.TB, kind string) *faultCount {
	t.Helper()
	c := &faultCount{kind: kind, result: "running"}
	faultTable.Lock()
	faultTable.rows = append(faultTable.rows, c)
	faultTable.Unlock()
	t.Cleanup(func() {
		if lost, repeated, left := c.lost.Load(), c.repeated.Load(), c.left.Load(); lost|repeated|left != 0 {
			t.Errorf("%d bytes lost, %d repeated, %d sockets left", lost, repeated, left)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case t.Failed():
			c.result = "FAILED"
		case t.Skipped():
			c.result = "skipped"
		default:
			c.result = "ok"
		}
	})
	return c
}

// says sets the row's last column.
func (c *faultCount) says(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note = fmt.Sprintf(format, args...)
}

// reportFaults prints the table, and appends it to the file that
// faultTableVariable names; nothing if no fault test ran.
func reportFaults() error {
	faultTable.Lock()
	defer faultTable.Unlock()
	if len(faultTable.rows) == 0 {
		return nil
	}
	path := os.Getenv(faultTableVariable)
	if path == "" {
		writeFaults(os.Stdout)
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	writeFaults(io.MultiWriter(os.Stdout, file))
	return file.Close()
}

// writeFaults writes the table; faultTable is locked.
func writeFaults(w io.Writer) {
	seed, _ := faultSeed()
	fmt.Fprintf(w, "faults of %s=%d, commit %s\n", faultSeedVariable, seed, commitUnderTest())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "kind\tfaults\tbytes moved\tlost\trepeated\tsockets left\tresult\tnote")
	for _, c := range faultTable.rows {
		c.mu.Lock()
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", c.kind, c.faults.Load(), c.moved.Load(),
			c.lost.Load(), c.repeated.Load(), c.left.Load(), c.result, c.note)
		c.mu.Unlock()
	}
	_ = table.Flush()
}

// commitUnderTest names the commit, and says if the tree differs from it.
func commitUnderTest() string {
	commit, err := runTool("git", "rev-parse", "--short=12", "HEAD")
	if err != nil {
		return "unknown"
	}
	commit = strings.TrimSpace(commit)
	if changed, err := runTool("git", "status", "--porcelain", "--untracked-files=no", "--", "../.."); err != nil || changed != "" {
		commit += " and changes that are not committed"
	}
	return commit
}
