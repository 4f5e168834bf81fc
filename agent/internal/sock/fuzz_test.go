//go:build linux

package sock

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"testing"
	"time"
)

// A condition that looks at a view which grows in pieces finds what it finds at
// once in all that was there.
func FuzzMatcher(f *testing.F) {
	for _, seed := range []struct{ pattern, data, cuts string }{
		{"H.*!", "Hello, client!\r\n", "\x01\x05"},
		{"\r\n\r\n", "GET / HTTP/1.0\r\n\r\nbody", "\x10\x01\x01"},
		{"(a+)(b+)?", "xxaabbb", "\x03\x02"},
		{"^$|b", "", ""},
		{"(?i)é\\x{ff}", "\xc3É\xc3\xbf\xff", "\x01\x01\x01"},
		{"a*?b|(?s).+z", "aaaa\nz", "\x04"},
		{"\\bx\\b", "ax x", "\x02"},
		{"aab", "aaab", "\x02\x01"},
		{"(?:a|ab)(?:c|bcd)(d*)", "abcd", "\x02"},
	} {
		f.Add(seed.pattern, []byte(seed.data), []byte(seed.cuts), uint16(3))
	}
	f.Fuzz(func(t *testing.T, pattern string, data, cuts []byte, exactly uint16) {
		if len(pattern) > 4096 || len(data) > 1<<16 {
			return // beyond the contract's bounds, or only slower
		}
		grow := func(found func(view []byte) bool) {
			at := 0
			for _, cut := range cuts {
				at = min(at+int(cut), len(data))
				if found(data[:at]) {
					return
				}
			}
			found(data)
		}
		if delimiter := []byte(pattern); len(delimiter) > 0 {
			m := &matcher{until: Until{Delimiter: delimiter}, seen: -1}
			grow(func(view []byte) bool { return checkFind(t, m, view, bytes.Index(view, delimiter)+len(delimiter)) })
		}
		if n := int(exactly); n > 0 {
			m := &matcher{until: Until{Exactly: n}, seen: -1}
			grow(func(view []byte) bool {
				if len(view) < n {
					return checkFind(t, m, view, -1)
				}
				return checkFind(t, m, view, n)
			})
		}
		if re, err := regexp.Compile(pattern); err == nil {
			m := &matcher{until: Until{Pattern: re}, seen: -1}
			grow(func(view []byte) bool { return checkPattern(t, m, view) })
		}
	})
}

// checkFind wants a view's first n bytes to be taken; none if n is too few to
// hold what is looked for.
func checkFind(t *testing.T, m *matcher, view []byte, want int) bool {
	t.Helper()
	if want < len(m.until.Delimiter) {
		want = 0
	}
	n, by, _ := m.find(0, view)
	if n != max(want, 0) || (by != 0) != (want > 0) {
		t.Fatalf("%+v in %q: takes %d by %v, want %d", m.until, view, n, by, want)
	}
	return by != 0
}

func checkPattern(t *testing.T, m *matcher, view []byte) bool {
	t.Helper()
	if m.unseen(view) {
		match, err := m.until.search(context.Background(), nil, view, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		m.seen, m.match = len(view), match
	}
	n, by, match := m.find(0, view)
	want := m.until.Pattern.FindSubmatchIndex(view)
	if !slices.Equal(match, want) || (by == StoppedByPattern) != (want != nil) || want != nil && n != want[1] {
		t.Fatalf("%v in %q: takes %d by %v, match %v, want %v", m.until.Pattern, view, n, by, match, want)
	}
	return by != 0
}
