package agentd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// embedded runs an agent in this process until the test ends.
func embedded(t *testing.T, cfg Config) Addrs {
	t.Helper()
	if cfg.Listen == nil {
		cfg.Listen = []string{"unix://" + filepath.Join(t.TempDir(), "e.sock")}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ready, ended := make(chan Addrs, 1), make(chan error, 1)
	cfg.Ready = func(a Addrs) { ready <- a }
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- Run(ctx, cfg) }()
	select {
	case a := <-ready:
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
		return a
	case err := <-ended:
		cancel()
		t.Fatalf("Run: %v", err)
		return Addrs{}
	}
}

func pathOf(a Addrs) string { return strings.TrimPrefix(a.Endpoints[0], "unix://") }

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(list)
}

func TestRunLeavesNothing(t *testing.T) {
	// The first run opens what the runtime keeps, its own epoll for one.
	t.Run("first", func(t *testing.T) { embedded(t, Config{}) })
	before := descriptors(t)
	var path string
	t.Run("second", func(t *testing.T) {
		a := embedded(t, Config{DebugListen: "127.0.0.1:0"})
		path = pathOf(a)
		c := dial(t, path)
		if c.who(t).GetIncarnation() != a.Incarnation {
			t.Error("another incarnation")
		}
		c.listener(t)
		c.listener(t)
	})
	if !gone(path) {
		t.Error("the socket or its lock was left behind")
	}
	until(t, "no descriptor is left", func() bool { return descriptors(t) <= before })
}

func TestRunTwoAgents(t *testing.T) {
	a, b := embedded(t, Config{}), embedded(t, Config{})
	if a.Incarnation == b.Incarnation {
		t.Error("two agents with one incarnation")
	}
	err := Run(t.Context(), Config{Listen: a.Endpoints, Logger: slog.New(slog.DiscardHandler)})
	var busy *InUseError
	if !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("a third on the first's socket: %v", err)
	}
	if dial(t, pathOf(a)).who(t).GetIncarnation() != a.Incarnation {
		t.Error("the first lost its socket")
	}
}

func TestNoDebugUnlessAsked(t *testing.T) {
	if a := embedded(t, Config{}); a.Debug != "" {
		t.Errorf("listens on %s", a.Debug)
	}
	p := serving(t, filepath.Join(t.TempDir(), "a.sock"))
	if n := inetSockets(t, p.Process.Pid); n != 0 {
		t.Errorf("an agent that was not asked to has %d TCP sockets", n)
	}
}

// inetSockets counts a process's TCP sockets.
func inetSockets(t *testing.T, pid int) int {
	t.Helper()
	table := ""
	for _, name := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile("/proc/net/" + name)
		must(t, err)
		table += string(b)
	}
	fds, err := filepath.Glob("/proc/" + itoa(pid) + "/fd/*")
	must(t, err)
	n := 0
	for _, fd := range fds {
		name, _ := os.Readlink(fd) // it may be closed by now
		inode, ok := strings.CutPrefix(name, "socket:[")
		if ok && strings.Contains(table, " "+strings.TrimSuffix(inode, "]")+" ") {
			n++
		}
	}
	return n
}

func TestDebugListener(t *testing.T) {
	a := embedded(t, Config{DebugListen: "localhost:0"})
	c := dial(t, pathOf(a))
	c.listener(t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	get := func(path string) (int, string) {
		resp, err := (&http.Client{Transport: transport}).Get("http://" + a.Debug + path)
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(body)
	}
	code, metrics := get("/metrics")
	if code != http.StatusOK {
		t.Errorf("/metrics: %d", code)
	}
	contains(t, metrics, "\nfarsock_sessions 1\n", "\nfarsock_sockets 1\n", "\nfarsock_held_bytes 0\n",
		"\nfarsock_connections 1\n", "\nfarsock_panics_total 0\n", `grpc_server_handled_total{grpc_code="OK",grpc_method="Open"`)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap?gc=1", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline"} {
		if code, _ := get(path); code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _ := get("/"); code != http.StatusNotFound {
		t.Errorf("/: %d, want 404", code)
	}
}

// TestEveryServedRPCHasARow asks the server itself what it serves and calls all
// of it.
func TestEveryServedRPCHasARow(t *testing.T) {
	c := dial(t, pathOf(embedded(t, Config{})))
	methods := served(t, c)
	if len(methods) < 25 {
		t.Errorf("only %d methods are served: %v", len(methods), methods)
	}
	for _, m := range methods {
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := c.NewStream(ctx, streaming, m)
		must(t, err)
		err = stream.SendMsg(&emptypb.Empty{})
		if err == nil {
			err = stream.CloseSend()
		}
		if err == nil {
			err = stream.RecvMsg(&emptypb.Empty{})
		}
		cancel()
		info, _ := wire.InfoOf(err)
		if status.Code(err) == codes.PermissionDenied || info.Metadata["rule"] == "no-row" {
			t.Errorf("%s: %v", m, err)
		}
	}
}

// served lists the full names of all methods by server reflection.
func served(t *testing.T, c *client) []string {
	t.Helper()
	stream, err := reflectionpb.NewServerReflectionClient(c).ServerReflectionInfo(t.Context())
	must(t, err)
	ask := func(req *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
		must(t, stream.Send(req))
		resp, err := stream.Recv()
		must(t, err)
		return resp
	}
	var methods []string
	list := ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
	for _, s := range list.GetListServicesResponse().GetService() {
		files := ask(&reflectionpb.ServerReflectionRequest{
			MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: s.GetName()},
		})
		for _, raw := range files.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			must(t, proto.Unmarshal(raw, file))
			for _, service := range file.GetService() {
				if full := file.GetPackage() + "." + service.GetName(); full == s.GetName() {
					for _, m := range service.GetMethod() {
						methods = append(methods, "/"+full+"/"+m.GetName())
					}
				}
			}
		}
	}
	must(t, stream.CloseSend())
	return methods
}

// TestNoPayloadInTheLog: at the most talkative level, of the whole agent.
func TestNoPayloadInTheLog(t *testing.T) {
	var log syncBuffer
	a := embedded(t, Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := dial(t, pathOf(a))
	session, socket, addr := c.listener(t)
	result := c.accepting(t, session, socket, nil)
	peer, err := net.Dial("tcp", addr)
	must(t, err)
	defer peer.Close()
	r := <-result
	must(t, r.err)
	name, secret := "sockets/"+r.resp.GetSocket().GetUid(), "hunter2hunter2"
	_, err = peer.Write([]byte(secret))
	must(t, err)
	got, err := c.sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{
		Socket: name, Until: &farsockv1.ReceiveRequest_Exactly{Exactly: int32(len(secret))},
	})
	must(t, err)
	if string(got.GetData()) != secret {
		t.Errorf("received %q", got.GetData())
	}
	if _, err := c.sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: name, Data: []byte(secret)}); err != nil {
		t.Error(err)
	}
	if _, err := c.sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{
		Socket: name, Until: &farsockv1.ReceiveRequest_Pattern{Pattern: secret + "("},
	}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a pattern that cannot be parsed: %v", err)
	}
	text := log.String()
	contains(t, text, "grpc.method=Send", "grpc.method=Receive")
	if strings.Contains(text, "hunter2") {
		t.Errorf("payload in the log:\n%s", text)
	}
}
