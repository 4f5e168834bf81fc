//go:build linux

package rpc_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// fuzzNamespace makes a network namespace without a name, so that none is left
// behind when a fuzzing process is killed, and returns the path that Open takes.
// Its loopback is all the network there is: nothing that a made-up request does
// can leave the machine.
func fuzzNamespace(f *testing.F) string {
	f.Helper()
	if os.Geteuid() != 0 {
		const why = "a network namespace of the test's own needs root"
		if os.Getenv("CI") != "" {
			f.Fatal(why)
		}
		f.Skip(why)
	}
	type made struct {
		fd  int
		err error
	}
	answer := make(chan made)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		fd, err := isolate()
		answer <- made{fd, err}
	}()
	got := <-answer
	if got.err != nil {
		f.Fatal(got.err)
	}
	f.Cleanup(func() { unix.Close(got.fd) })
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), got.fd)
}

// isolate moves this thread into a new network namespace and opens that.
func isolate() (int, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return -1, err
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return -1, err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return -1, err
	}
	return unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// fuzzSockets are the sockets of a fuzzWorld, by name.
var fuzzSockets = []string{"tcp", "peer", "web", "udp", "sink", "bare", "packets"}

// fuzzWorld is an agent with sockets of every kind, on which one input acts. Each
// input has its own, so that what fails fails again.
type fuzzWorld struct {
	*harness
	netns string
	dir   string            // unix paths lie here
	uids  map[string]string // by name
	port  int32             // of the listener
	fds   int               // descriptors before the first request
}

func newFuzzWorld(t *testing.T, netns string) *fuzzWorld {
	t.Helper()
	w := &fuzzWorld{harness: newHarness(t), netns: netns, dir: t.TempDir(), uids: map[string]string{}}
	w.session("t")
	open := func(name string, kind farsockv1.SocketType, req *farsockv1.OpenRequest) *farsockv1.Socket {
		req.Session, req.Name, req.Type, req.NetworkNamespace = "sessions/t", name, kind, netns
		if req.Family == 0 {
			req.Family = farsockv1.Family_FAMILY_INET
		}
		return w.open(req)
	}
	const dgram = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	web := open("web", streaming, &farsockv1.OpenRequest{Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{}})
	tcp := open("tcp", streaming, &farsockv1.OpenRequest{Connect: web.GetLocal()})
	peer := w.accept(web, "peer")
	open("", streaming, &farsockv1.OpenRequest{Connect: web.GetLocal()}) // waits to be accepted
	sink := open("sink", dgram, &farsockv1.OpenRequest{Bind: inet("127.0.0.1", 0)})
	udp := open("udp", dgram, &farsockv1.OpenRequest{Bind: inet("127.0.0.1", 0), Connect: sink.GetLocal()})
	bare := open("bare", streaming, &farsockv1.OpenRequest{})
	path := wire.UnixPath(w.dir + "/packets")
	open("", seqpacket, &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_UNIX, Bind: path, Listen: &farsockv1.ListenStage{}})
	packets := open("packets", seqpacket, &farsockv1.OpenRequest{Family: farsockv1.Family_FAMILY_UNIX, Connect: path})
	w.send(peer, "Hello, client!\r\nand more")
	w.send(udp, "datagram")
	for _, s := range []*farsockv1.Socket{tcp, peer, web, udp, sink, bare, packets} {
		w.uids[s.GetName()[strings.LastIndexByte(s.GetName(), '/')+1:]] = s.GetUid()
	}
	w.port, w.fds = web.GetLocal().GetInet().GetPort(), openFDs(t)
	return w
}

// socketNames are ways to name a socket, most of them good.
func (w *fuzzWorld) socketNames() []string {
	var names []string
	for _, name := range fuzzSockets {
		names = append(names, "sessions/t/sockets/"+name, "sockets/"+w.uids[name])
	}
	return append(names, "sessions/t/sockets/none", "sessions/none/sockets/tcp",
		"sockets/0123456789abcdef.7", "sockets/"+strings.Repeat("0", 16)+"."+strings.Repeat("z", 24), "sockets/tcp",
		"sessions/t", "sessions//sockets/", "sessions/t/sockets/a b", "tcp", "/")
}

// rpcMethod is one unary RPC.
type rpcMethod struct {
	path  string
	input protoreflect.MessageType
	reply protoreflect.MessageType
}

// unaryMethods are all of the contract's, in its order.
func unaryMethods(f *testing.F) []rpcMethod {
	f.Helper()
	var all []rpcMethod
	for _, file := range []protoreflect.FileDescriptor{
		farsockv1.File_farsock_v1_agent_service_proto, farsockv1.File_farsock_v1_session_service_proto, farsockv1.File_farsock_v1_socket_service_proto,
	} {
		service := file.Services().Get(0)
		for i := range service.Methods().Len() {
			m := service.Methods().Get(i)
			if m.IsStreamingClient() {
				continue
			}
			input, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
			if err != nil {
				f.Fatal(err)
			}
			reply, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, rpcMethod{fmt.Sprintf("/%s/%s", service.FullName(), m.Name()), input, reply})
		}
	}
	return all
}

// call does one RPC. It has long to answer: no request waits for more than a few
// milliseconds.
func (w *fuzzWorld) call(m rpcMethod, req proto.Message) (proto.Message, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	reply := m.reply.New().Interface()
	return reply, w.conn.Invoke(ctx, m.path, req, reply, grpc.MaxCallRecvMsgSize(wire.MaxMessageBytes))
}

// state is what a refused request has to leave as it is; what time and the peers
// change by themselves is not in it.
func (w *fuzzWorld) state() string {
	var b strings.Builder
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	sessions, err := w.sessions.ListSessions(ctx, &farsockv1.ListSessionsRequest{PageSize: wire.MaxPageSize})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range sessions.GetSessions() {
		fmt.Fprintln(&b, s.GetName(), s.GetTtl().AsDuration(), s.GetSocketCount())
		list, err := w.sockets.ListSockets(ctx, &farsockv1.ListSocketsRequest{Parent: s.GetName(), PageSize: wire.MaxPageSize})
		if err != nil {
			w.t.Fatal(err)
		}
		slices.SortFunc(list.Sockets, func(a, b *farsockv1.Socket) int { return strings.Compare(a.GetUid(), b.GetUid()) })
		for _, s := range list.GetSockets() {
			s.TcpState, s.AcceptQueue, s.ReceiveQueue, s.SendQueue, s.KernelDrops, s.Attached = "", nil, nil, nil, 0, false
			fmt.Fprintln(&b, s)
			options, err := w.sockets.GetOptions(ctx, &farsockv1.GetOptionsRequest{Socket: uid(s), Names: []string{"linger", "reuse_address", "receive_buffer", "keep_alive"}})
			if err != nil {
				w.t.Fatal(err)
			}
			fmt.Fprintln(&b, options)
		}
	}
	return strings.ReplaceAll(b.String(), "  ", " ") // which prototext adds at random
}

// shortWait is the longest that a request of the fuzzer's may wait.
const shortWait = 2 * time.Millisecond

// hurry shortens what a good request would wait.
func hurry(m protoreflect.Message) {
	field := m.Descriptor().Fields().ByName("wait")
	if field == nil {
		return
	}
	d, _ := m.Get(field).Message().Interface().(*durationpb.Duration)
	switch {
	case !m.Has(field):
		m.Set(field, protoreflect.ValueOfMessage(durationpb.New(0).ProtoReflect()))
	case d.IsValid() && d.AsDuration() > shortWait && d.AsDuration() <= wire.MaxWait:
		m.Set(field, protoreflect.ValueOfMessage(durationpb.New(shortWait).ProtoReflect()))
	}
}
