//go:build linux

package verbs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// row is one line of the map.
type row struct {
	verb   string
	fields []string // what stands in backticks in the column 'RPC and fields'
	ctl    []string // likewise, in 'ctl'
	script string   // a file of this folder
}

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	link   = regexp.MustCompile(`^\[([a-z0-9_]+)\]\(\.\./ctl/e2e/verbs/([a-z0-9_]+)\.txt\)$`)
)

// readMap reads the map out of proto/README.md.
func readMap(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "proto", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Verb map\n")
	if !found {
		t.Fatal("proto/README.md has no section 'Verb map'")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []row
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.TrimSpace(cells[0]) == "Sockapi-TS" {
			continue
		}
		target := link.FindStringSubmatch(strings.TrimSpace(cells[4]))
		if target == nil || target[1] != target[2] {
			t.Errorf("%s: %q is no link to a script", cells[0], cells[4])
			continue
		}
		r := row{verb: strings.TrimSpace(cells[0]), script: target[1] + ".txt"}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			r.fields = append(r.fields, m[1])
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[3], -1) {
			r.ctl = append(r.ctl, m[1])
		}
		if len(r.fields) == 0 || len(r.ctl) == 0 {
			t.Errorf("%s: names no field or no verb of ctl", r.verb)
		}
		rows = append(rows, r)
	}
	if len(rows) < 90 {
		t.Fatalf("the map has %d rows; has its form changed?", len(rows))
	}
	return rows
}

// TestEveryRowHasAScript holds the map and this folder together: neither names
// what the other lacks.
func TestEveryRowHasAScript(t *testing.T) {
	t.Parallel()
	there, err := filepath.Glob("*.txt")
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]string{}
	for _, r := range readMap(t) {
		if other, taken := verbs[r.verb]; taken {
			t.Errorf("%s has two rows, %s and %s", r.verb, other, r.script)
		}
		verbs[r.verb] = r.script
		if !slices.Contains(there, r.script) {
			t.Errorf("%s: there is no %s", r.verb, r.script)
		}
	}
	for _, file := range there {
		if !slices.ContainsFunc(readMap(t), func(r row) bool { return r.script == file }) {
			t.Errorf("%s stands in no row", file)
		}
	}
}

// TestScriptsUseTheirVerbs checks that a row's script calls what the row says, and
// that it can fail: that it looks at something.
func TestScriptsUseTheirVerbs(t *testing.T) {
	t.Parallel()
	for _, r := range readMap(t) {
		text, err := os.ReadFile(r.script)
		if err != nil {
			t.Error(err)
			continue
		}
		var calls []string
		looks := 0
		for line := range strings.Lines(string(text)) {
			words := command(line)
			if len(words) == 0 {
				continue
			}
			switch words[0] {
			case "stdout", "stderr", "cmp", "expect":
				looks++
			}
			calls = append(calls, " "+strings.Join(words, " ")+" ")
		}
		if looks == 0 {
			t.Errorf("%s looks at nothing", r.script)
		}
		for _, call := range r.ctl {
			if !slices.ContainsFunc(calls, func(line string) bool { return calledIn(line, call) }) {
				t.Errorf("%s: %s never calls %q", r.verb, r.script, call)
			}
		}
	}
}

// command is a script line's words without what says how it has to end; none of a
// comment.
func command(line string) []string {
	words := strings.Fields(line)
	switch {
	case len(words) == 0 || strings.HasPrefix(line, "#"):
		return nil
	case words[0] == "!" || words[0] == "?":
		return words[1:]
	case words[0] == "fails":
		return words[2:]
	}
	return words
}

// calledIn says whether every word of call stands in a line; one that ends in '='
// or ':' may go on there.
func calledIn(line, call string) bool {
	for word := range strings.FieldsSeq(call) {
		if !strings.HasSuffix(word, "=") && !strings.HasSuffix(word, ":") {
			word += " "
		}
		if !strings.Contains(line, " "+word) {
			return false
		}
	}
	return true
}

// TestNamesAreTheContracts checks every RPC, message, field and enum value that
// the map names against the descriptors.
func TestNamesAreTheContracts(t *testing.T) {
	t.Parallel()
	for _, r := range readMap(t) {
		for _, name := range r.fields {
			if !known(name) {
				t.Errorf("%s: the contract has no %s", r.verb, name)
			}
		}
	}
}

// TestEveryOptionHasARow: the typed options are there because tests use them.
func TestEveryOptionHasARow(t *testing.T) {
	t.Parallel()
	named := map[string]bool{"SocketOption.raw": true} // its fields have a row
	for _, r := range readMap(t) {
		for _, name := range r.fields {
			named[name] = true
		}
	}
	fields := (&farsockv1.SocketOption{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if name := "SocketOption." + string(fields.Get(i).Name()); !named[name] {
			t.Errorf("%s stands in no row", name)
		}
	}
}

// known resolves RPC.field, Message.field and Enum.VALUE.
func known(name string) bool {
	first, second, found := strings.Cut(name, ".")
	if !found {
		return false
	}
	for _, file := range []protoreflect.FileDescriptor{
		farsockv1.File_farsock_v1_socket_service_proto, farsockv1.File_farsock_v1_agent_service_proto,
		farsockv1.File_farsock_v1_session_service_proto, farsockv1.File_farsock_v1_stream_proto,
		farsockv1.File_farsock_v1_socket_proto, farsockv1.File_farsock_v1_option_proto,
		farsockv1.File_farsock_v1_address_proto, farsockv1.File_farsock_v1_kernel_proto,
		farsockv1.File_farsock_v1_outcome_proto,
	} {
		for i := range file.Services().Len() {
			rpc := file.Services().Get(i).Methods().ByName(protoreflect.Name(first))
			if rpc != nil && rpc.Input().Fields().ByName(protoreflect.Name(second)) != nil {
				return true
			}
		}
		if m := file.Messages().ByName(protoreflect.Name(first)); m != nil && m.Fields().ByName(protoreflect.Name(second)) != nil {
			return true
		}
		if e := file.Enums().ByName(protoreflect.Name(first)); e != nil {
			prefix := strings.ToUpper(regexp.MustCompile("([a-z])([A-Z])").ReplaceAllString(first, "${1}_${2}"))
			return e.Values().ByName(protoreflect.Name(prefix+"_"+second)) != nil
		}
	}
	return false
}
