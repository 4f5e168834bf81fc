//go:build linux

package differ

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"

	"github.com/farsock/farsock/ctl/e2e/posix"
)

// debugAddress is the debug listener of a user's agent, in its own namespace.
func debugAddress(uid int) string { return fmt.Sprintf("127.9.9.9:%d", 2000+min(uid, 1)) }

var methods = map[posix.Call]string{
	posix.Receive: "Receive", posix.ReceiveMany: "Receive", posix.Send: "Send", posix.Accept: "Accept", posix.Connect: "Connect", posix.Poll: "Poll", posix.Await: "WaitSocket",
}

// started is how many calls of an operation's method have reached the agent.
func (a *agentSide) started(op posix.Op) string {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (c net.Conn, err error) {
			a.thread.Do(func() { c, err = net.Dial("tcp", a.debug) })
			return c, err
		},
	}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Get("http://" + a.debug + "/metrics")
	if err != nil {
		panic(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	lines := regexp.MustCompile(fmt.Sprintf(`(?m)^grpc_server_started_total\{[^}]*grpc_method="%s",grpc_service="farsock\.v1\.SocketService"[^}]*\} (\d+)$`, methods[op.Call]))
	m := lines.FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}
