package script

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

// A line without double quotes is what it was made into, and cutting it up
// loses nothing of it.
func FuzzLine(f *testing.F) {
	for _, line := range []string{"say a", `say "a $b ${c.d} \" \\ \$"`, "! say 'it''s' # so", "[a] [!b] ? x", `"`, "'", `"${"`, `''""''`, "! !", "\t!\r", `"'" '"' # "`, `"${#d} x"`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n") {
			return // the file is cut at them before
		}
		rest, _, err := splitPrefix(line)
		var usage *UsageError
		if err != nil {
			if !errors.As(err, &usage) {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		plain, err := plainQuotes(rest)
		if err != nil {
			if !errors.As(err, &usage) {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		if again, err := plainQuotes(plain); err != nil || again != plain {
			t.Fatalf("%q becomes %q and then %q, %v", line, plain, again, err)
		}
		_ = commandName(&step{rest: plain})
		unsetVariables(plain, func(string) (string, bool) { return "", false })
		if strings.Contains(strings.Join(unquoted(plain), ""), `"`) {
			t.Fatalf("%q becomes %q, in which a double quote is left", line, plain)
		}
	})
}

// `stdout`, `stderr` and `grep` judge as the expression does, whatever the
// pattern, the text, the count and the prefix.
func FuzzExpectation(f *testing.F) {
	for _, seed := range []struct{ pattern, text string }{
		{"h.*o", "hello\n"}, {"^$", "\n\n"}, {"", "abc"}, {"(?s)a.*b|c", "a\nb\nc"}, {"\\bx\\b", "x xx x"}, {"[[:^ascii:]]", "\xff\xc3\xa9"}, {"(", "("}, {"a{2}*", "aa"},
	} {
		f.Add(seed.pattern, seed.text, uint8(0), uint8(0))
		f.Add(seed.pattern, seed.text, uint8(2), uint8(1))
	}
	f.Fuzz(func(t *testing.T, pattern, text string, count, prefix uint8) {
		re, err := regexp.Compile("(?m)" + pattern)
		if err != nil {
			return
		}
		want := []want{wantDone, wantNotDone, wantEither}[prefix%3]
		file := &file{name: "f"}
		err = file.judgeMatch(&step{line: 1, text: "stdout", want: want}, re, pattern, int(count), []byte(text), "stdout")
		n := len(re.FindAllStringIndex(text, -1))
		holds := count == 0 && n > 0 || count > 0 && n == int(count)
		if met := holds == (want != wantNotDone) || want == wantEither; met != (err == nil) {
			t.Fatalf("%q in %q, %d of %d, expecting %v: %v", pattern, text, n, count, want, err)
		}
		var failure *Failure
		if err != nil && (!errors.As(err, &failure) || failure.Code != codeExpectation || string(failure.Got()) != text) {
			t.Fatalf("%q in %q fails with %+v", pattern, text, err)
		}
	})
}

// `write` takes what Go's quoting makes of bytes and gives the bytes.
func FuzzEscapes(f *testing.F) {
	for _, text := range []string{"", `\r\n\t\0`, `\x0`, `\377\400`, `\u00e9\U0001F600`, `'"\'\"`, "\xff", `\`, `\ud800`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data, err := unescape(text)
		var usage *UsageError
		if err != nil && !errors.As(err, &usage) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && !strings.Contains(text, `\`) && string(data) != text {
			t.Fatalf("%q is %q", text, data)
		}
	})
}
