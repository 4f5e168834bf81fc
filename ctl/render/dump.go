package render

import (
	"fmt"
	"strconv"
	"strings"
)

// DumpBytes is how many bytes Dump shows.
const DumpBytes = 256

// Dump shows what arrived, as quoted text and in hex, 16 bytes a line, each
// line indented by two. Above DumpBytes it says how many it leaves out.
func Dump(b []byte) string {
	if len(b) == 0 {
		return "  nothing\n"
	}
	shown := b[:min(len(b), DumpBytes)]
	var out strings.Builder
	fmt.Fprintf(&out, "  text  %s\n", strconv.QuoteToGraphic(string(shown)))
	for at := 0; at < len(shown); at += 16 {
		fmt.Fprintf(&out, "  %04x  % x\n", at, shown[at:min(at+16, len(shown))])
	}
	if more := len(b) - len(shown); more > 0 {
		fmt.Fprintf(&out, "  and %s more\n", Count(more, "byte"))
	}
	return out.String()
}
