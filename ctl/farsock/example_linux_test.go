package farsock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/farsock/farsock/agent/agentd"
	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// here opens a session on an agent of its own on this host.
func here() (session *farsock.Session, end func()) {
	dir, err := os.MkdirTemp("", "fs")
	if err != nil {
		log.Fatal(err)
	}
	endpoint := "unix://" + filepath.Join(dir, "agent.sock")
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- agentd.Run(ctx, agentd.Config{
			Listen: []string{endpoint},
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Ready:  func(agentd.Addrs) { close(ready) },
		})
	}()
	select {
	case <-ready:
	case err := <-ended:
		log.Fatal(err)
	}
	client, err := farsock.Dial(ctx, endpoint)
	if err != nil {
		log.Fatal(err)
	}
	session, err = client.OpenSession(ctx, farsock.SessionConfig{})
	if err != nil {
		log.Fatal(err)
	}
	return session, func() {
		_ = session.Close(ctx)
		_ = client.Close()
		cancel()
		<-ended
		_ = os.RemoveAll(dir)
	}
}

// Options are set before the socket is bound. The one that fails is named.
func ExampleListenConfig() {
	session, end := here() // as Client.OpenSession returns it
	defer end()
	ctx := context.Background()

	config := farsock.ListenConfig{
		Session: session,
		Options: []*farsockv1.SocketOption{
			{Option: &farsockv1.SocketOption_ReusePort{ReusePort: true}},
		},
	}
	first, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer first.Close()
	second, err := config.Listen(ctx, "tcp", first.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer second.Close()
	fmt.Println("two listeners on one port:", first.Addr().String() == second.Addr().String())

	config.Options = []*farsockv1.SocketOption{{Option: &farsockv1.SocketOption_Ttl{Ttl: 1000}}}
	_, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
	var option *farsock.OptionError
	fmt.Println(errors.As(err, &option), errors.Is(err, syscall.EINVAL))
	fmt.Println(option)
	// Output:
	// two listeners on one port: true
	// true true
	// ttl: invalid (EINVAL, setsockopt)
}

// An agent reaches every network namespace of its host.
func ExampleDialer() {
	session, end := here() // as Client.OpenSession returns it
	defer end()

	dialer := farsock.Dialer{
		Session:          session,
		NetworkNamespace: "no-such-lab",
		LocalAddr:        &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:80")
	fmt.Println(errors.Is(err, syscall.ENOENT))
	// Output:
	// true
}

// A group is joined on an interface of the agent's host, and each datagram tells
// where it was sent to.
func ExamplePacketConn_JoinGroup() {
	session, end := here() // as Client.OpenSession returns it
	defer end()
	ctx := context.Background()

	config := farsock.ListenConfig{
		Session: session,
		Options: []*farsockv1.SocketOption{
			{Option: &farsockv1.SocketOption_PacketInfo{PacketInfo: true}},
		},
	}
	receiver, err := config.ListenPacket(ctx, "udp", "0.0.0.0:0")
	if err != nil {
		log.Fatal(err)
	}
	defer receiver.Close()
	group := &net.UDPAddr{IP: net.IPv4(239, 1, 2, 3), Port: receiver.LocalAddr().(*net.UDPAddr).Port}
	if err := receiver.JoinGroup(ctx, "lo", group); err != nil {
		log.Fatal(err)
	}

	sender, err := session.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer sender.Close()
	if err := sender.SetMulticastInterface(ctx, "lo"); err != nil {
		log.Fatal(err)
	}
	if _, err := sender.WriteTo([]byte("Hello, group!"), group); err != nil {
		log.Fatal(err)
	}

	d, from, err := receiver.ReadMsg()
	if err != nil {
		log.Fatal(err)
	}
	to := farsock.NetAddr(farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, d.GetDestination())
	fmt.Printf("%s\n", d.GetData())
	fmt.Println("from the sender:", from.String() == sender.LocalAddr().String())
	fmt.Println("to the group:", to.String() == group.String(), "by", d.GetInterfaceName())
	// Output:
	// Hello, group!
	// from the sender: true
	// to the group: true by lo
}

// A datagram with a TTL and a source address of its own.
func ExamplePacketConn_WriteMsg() {
	session, end := here() // as Client.OpenSession returns it
	defer end()
	ctx := context.Background()

	config := farsock.ListenConfig{
		Session: session,
		Options: []*farsockv1.SocketOption{
			{Option: &farsockv1.SocketOption_ReceiveTtl{ReceiveTtl: true}},
		},
	}
	conn, err := config.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	ttl := int32(3)
	err = conn.WriteMsg(&farsockv1.Datagram{Data: []byte("to myself"), Ttl: &ttl}, conn.LocalAddr())
	if err != nil {
		log.Fatal(err)
	}
	d, _, err := conn.ReadMsg()
	fmt.Printf("%s, TTL %d, %v\n", d.GetData(), d.GetTtl(), err)
	// Output:
	// to myself, TTL 3, <nil>
}

// The packets of unixpacket keep their boundaries, here over an abstract name
// that the kernel chose.
func ExampleSession_Listen_unixpacket() {
	session, end := here() // as Client.OpenSession returns it
	defer end()
	ctx := context.Background()

	listener, err := session.Listen(ctx, "unixpacket", "")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	client, err := session.Dial(ctx, "unixpacket", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	for _, text := range []string{"one", "two"} {
		if _, err := client.Write([]byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	b := make([]byte, 100)
	for range 2 {
		n, err := server.Read(b)
		fmt.Printf("%s, %v\n", b[:n], err)
	}
	// Output:
	// one, <nil>
	// two, <nil>
}

// What the kernel knows of a connection, and waiting for a state of it.
func ExampleConn_WaitTCPState() {
	session, end := here() // as Client.OpenSession returns it
	defer end()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	listener, err := session.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	client, err := session.Dial(ctx, "tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	server, err := listener.AcceptConn()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	info, err := server.TCPInfo(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.GetState())
	client.Close()
	socket, err := server.WaitTCPState(ctx, "CLOSE_WAIT")
	fmt.Println(socket.GetTcpState(), err)
	// Output:
	// ESTABLISHED
	// CLOSE_WAIT <nil>
}
