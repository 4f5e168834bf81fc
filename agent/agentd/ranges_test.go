package agentd

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "12345": 12345, "7B": 7, "64KiB": 64 << 10, "256MiB": 256 << 20, "3GiB": 3 << 30, "1TiB": 1 << 40, "-1KiB": -1024,
	} {
		var s size
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%q: %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "1.5MiB", "256MB", "256M", "256mib", "1 KiB", "1KiBMiB", "9223372036854775807KiB", "0x10"} {
		var s size
		if err := s.Set(text); err == nil || !strings.Contains(err.Error(), "256MiB") {
			t.Errorf("%q: %d, %v", text, s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.Map(rapid.Int64Range(0, 1<<20), func(n int64) int64 { return n << 20 })).Draw(t, "n")
		var s size
		if err := s.Set(sizeText(n)); err != nil || int64(s) != n {
			t.Fatalf("%s is %d again, %v", sizeText(n), s, err)
		}
	})
}

func TestDurationsAreWrittenShort(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"5s": 5 * time.Second, "10m": 10 * time.Minute, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute,
		"1h0m5s": time.Hour + 5*time.Second, "20m": 20 * time.Minute, "0s": 0, "1.5s": 1500 * time.Millisecond,
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// The flags take what a bound may be at either end, and nothing beyond.
func TestFlagsAtTheirEnds(t *testing.T) {
	env := Env{Getenv: func(string) string { return t.TempDir() + "/a.sock" }}
	for _, s := range (&Limits{}).spans() {
		scale := int64(1)
		text := func(n int64) string { return strconv.FormatInt(n, 10) }
		if s.flag == "max-ttl" {
			scale = int64(time.Second)
			text = func(n int64) string { return time.Duration(n).String() }
		}
		for n, ok := range map[int64]bool{s.least: true, s.most: true, s.least - scale: false, s.most + scale: false, 0: false, -scale: false} {
			_, err := parseFlags([]string{"--" + s.flag, text(n)}, env)
			if (err == nil) != ok {
				t.Errorf("--%s %s: %v", s.flag, text(n), err)
			}
		}
	}
}

// Each bound's flag says in the help which row of the table it is, and its least.
func TestHelpNamesTheLimits(t *testing.T) {
	_, help, _ := strings.Cut(usage, "bounds, each")
	contract, err := os.ReadFile("../../proto/farsock/v1/agent_service.proto")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range (&Limits{}).spans() {
		_, row, found := strings.Cut(help, "--"+s.flag+" ")
		row, _, _ = strings.Cut(row, "--")
		words := strings.Fields(row)
		if !found || len(words) < 2 || !strings.Contains(string(contract), `"`+strings.Trim(words[1], ",;:")+`"`) {
			t.Errorf("--%s: %q", s.flag, row)
			continue
		}
		if s.least > 1 && !strings.Contains(strings.Join(words, " "), "at least "+s.text(s.least)) {
			t.Errorf("--%s: %q does not say %s", s.flag, row, s.text(s.least))
		}
	}
}
