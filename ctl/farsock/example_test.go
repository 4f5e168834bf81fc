package farsock_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// A connection from host lab9 to host lab7, from a third machine.
func Example() {
	ctx := context.Background()
	lab9, err := farsock.Dial(ctx, "ssh://lab9")
	if err != nil {
		log.Fatal(err)
	}
	defer lab9.Close()
	session, err := lab9.OpenSession(ctx, farsock.SessionConfig{KeepAlive: true})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close(ctx)
	conn, err := session.Dial(ctx, "tcp", "lab7:8080")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "Hello from %v", conn.LocalAddr())
	answer, err := io.ReadAll(conn)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", answer)
}

// What the kernel said, what took too long, and an agent that is not there are
// three things.
func ExampleSession_Dial() {
	var session *farsock.Session // from Client.OpenSession

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := session.Dial(ctx, "tcp", "lab7:81")
	var timeout net.Error
	switch {
	case err == nil:
		defer conn.Close()
	case errors.Is(err, syscall.ECONNREFUSED):
		fmt.Println("nobody listens there")
	case errors.As(err, &timeout) && timeout.Timeout():
		fmt.Println("no answer in time")
	case farsock.Unreachable(err):
		fmt.Println("the agent is gone")
	default:
		fmt.Println(err)
	}
}

// A web server whose port is on another machine.
func ExampleSession_Listen() {
	var session *farsock.Session // from Client.OpenSession

	listener, err := session.Listen(context.Background(), "tcp", ":8080")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	log.Fatal(http.Serve(listener, http.FileServer(http.Dir("."))))
}

// TLS to the peer runs here, over the bytes: the agent knows sockets alone.
func ExampleConn() {
	var session *farsock.Session // from Client.OpenSession

	raw, err := session.Dial(context.Background(), "tcp", "example.org:443")
	if err != nil {
		log.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{ServerName: "example.org"})
	defer conn.Close()
	fmt.Println(conn.Handshake())
}

// Everything else is a call on the generated clients.
func ExampleClient_sockets() {
	var client *farsock.Client   // from Dial
	var session *farsock.Session // from Client.OpenSession

	res, err := client.Sockets.Open(context.Background(), &farsockv1.OpenRequest{
		Session: session.Name(),
		Family:  farsockv1.Family_FAMILY_UNIX,
		Type:    farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Wait:    durationpb.New(5 * time.Second),
	})
	if err == nil {
		err = farsock.OutcomeErr("open", res.GetOutcome())
	}
	fmt.Println(res.GetSocket().GetName(), err)
}
