//go:build linux

package examples_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd"
)

// The tutorial in Python.
func TestPythonTutorial(t *testing.T) {
	python(t, "tutorial.py",
		"at ('127.0.0.1', ", "at ('0.0.0.0', ", "at ('::1', ", "at ('::', ", "backlog 5: a client from ('127.0.0.1', ",
		"received b'Hello, client!'\n", "received b'' at the end of the stream\n",
		"port 65535 can be bound\n", "port 65536: INVALID_ARGUMENT: ", "port -1: INVALID_ARGUMENT: ",
		"datagrams on localhost: b'Hello, server!' from ('127.0.0.1', ", "datagrams on ::1: b'Hello, server!' from ('::1', ",
		"b'Hello, client!' back\n")
}

// Options and ancillary data in Python.
func TestPythonMulticast(t *testing.T) {
	python(t, "multicast.py",
		"joining twice: option 1 failed, EADDRINUSE; set before: 4\n", "sent 2 datagrams\n",
		"b'Hello, group!' to 239.255.10.2 by lo, TTL 1, traffic class 0x0, 3 control messages\n",
		"b'Hello, neighbours!' to 239.255.10.2 by lo, TTL 3, traffic class 0x28, 3 control messages\n",
		"after leaving: OUTCOME_CODE_WOULD_BLOCK\n")
}

// python runs one of the programs against an agent of its own over a unix socket
// and looks for words in what it prints.
func python(t *testing.T, program string, wants ...string) {
	t.Helper()
	interpreter := pythonWithGRPC(t)
	socket := startAgent(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, "python/"+program, socket)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+stubs(t), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range wants {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

// They are there to be read in one sitting.
func TestPythonIsShort(t *testing.T) {
	for _, program := range []string{"python/tutorial.py", "python/multicast.py"} {
		data, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n >= 60 {
			t.Errorf("%s has %d lines, want under 60", program, n)
		}
	}
}

func stubs(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../gen/python")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// pythonWithGRPC finds an interpreter that can import gRPC. Without one the
// test is skipped, in CI it fails: there one was installed.
func pythonWithGRPC(t *testing.T) string {
	t.Helper()
	python := "python3"
	if home, err := os.UserHomeDir(); err == nil {
		if found, _ := filepath.Glob(filepath.Join(home, ".cache/farsock-tools/python-grpc-*/bin/python")); len(found) > 0 {
			python = found[len(found)-1]
		}
	}
	if said := os.Getenv("FARSOCK_PYTHON"); said != "" {
		python = said
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "-c", "import grpc, google.protobuf").CombinedOutput()
	switch {
	case err == nil:
		return python
	case os.Getenv("CI") != "":
		t.Fatalf("%s cannot import grpc: %v\n%s", python, err, out)
	default:
		t.Skipf("%s cannot import grpc (FARSOCK_PYTHON names another): %v", python, err)
	}
	return ""
}

// startAgent runs an agent until the test ends and returns its unix socket.
func startAgent(t *testing.T) string {
	t.Helper()
	// Not t.TempDir: the path of a unix socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "farsock-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "agent.sock")
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- agentd.Run(ctx, agentd.Config{
			Listen: []string{"unix://" + socket},
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Ready:  func(agentd.Addrs) { close(ready) },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("agent: %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatalf("agent: %v", err)
	}
	return socket
}
