//go:build linux

package rpc_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Macros of C that a C++ stub's accessor of that name does not survive: of
// <cerrno>, of g++'s default dialect, of glibc and of Windows' headers.
var macros = []string{
	"errno", "unix", "linux", "i386", "stdin", "stdout", "stderr", "major", "minor", "makedev",
	"interface", "near", "far", "small", "pascal", "assert", "offsetof", "signal",
}

// No name of the contract is one that stubs in C++ could not have.
func TestNamesFitOtherLanguages(t *testing.T) {
	seen := 0
	var walk func(protoreflect.MessageDescriptors)
	walk = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			m := messages.Get(i)
			walk(m.Messages())
			for j := range m.Fields().Len() {
				seen++
				if f := m.Fields().Get(j); slices.Contains(macros, string(f.Name())) {
					t.Errorf("%s: a C macro has that name", f.FullName())
				}
			}
			for j := range m.Oneofs().Len() {
				if o := m.Oneofs().Get(j); slices.Contains(macros, string(o.Name())) {
					t.Errorf("%s: a C macro has that name", o.FullName())
				}
			}
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("farsock.v1", func(f protoreflect.FileDescriptor) bool {
		walk(f.Messages())
		return true
	})
	if seen < 300 {
		t.Errorf("only %d fields seen", seen)
	}
}
