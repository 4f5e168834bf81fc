package cli

import (
	"strconv"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// condition is what a receive waits for, in words.
func condition(req *farsockv1.ReceiveRequest) string {
	switch u := req.GetUntil().(type) {
	case *farsockv1.ReceiveRequest_Exactly:
		return render.Count(u.Exactly, "byte")
	case *farsockv1.ReceiveRequest_Delimiter:
		return strconv.QuoteToGraphic(string(u.Delimiter))
	case *farsockv1.ReceiveRequest_Pattern:
		return "a match of " + u.Pattern
	case *farsockv1.ReceiveRequest_EndOfStream:
		return "the end of the stream"
	}
	return "any data"
}

// groupName is the variable for a pattern's match (group 0) or one of its
// groups.
func groupName(socket string, group int) string {
	if group == 0 {
		return socket + ".match"
	}
	return socket + ".match" + strconv.Itoa(group)
}
