package render

import (
	"fmt"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Datagram is the sentence about a datagram whose payload goes elsewhere:
// "datagram from 10.0.0.9:53, 5 bytes".
func Datagram(d *farsockv1.Datagram) string {
	s := "datagram"
	if from := address(d.GetPeer()); from != "" {
		s += " from " + from
	}
	s += ", " + Count(len(d.GetData()), "byte")
	if d.GetTruncated() {
		s += fmt.Sprintf(" of %d, the rest is gone", d.GetFullLength())
	}
	if n := d.GetDescriptorsClosed(); n > 0 {
		s += ", " + Count(n, "descriptor") + " closed"
	}
	return s
}
