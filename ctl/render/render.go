// Package render turns responses into what people read: one line of protojson,
// or plain sentences and tables.
package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// JSON writes m as one line of protojson. Fields that are zero are there, so
// that a reader need not know the contract's defaults; unset messages and
// optional fields are not.
func JSON(w io.Writer, m proto.Message) error {
	loose, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	// protojson varies its white space on purpose; a line has to be stable.
	var line bytes.Buffer
	if err := json.Compact(&line, loose); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	line.WriteByte('\n')
	_, err = w.Write(line.Bytes())
	return err
}

// Span writes a duration as people say it: "1h", "10m", "1.5s", not "1h0m0s".
func Span(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if len(s) > len(zero) && s[len(s)-len(zero):] == zero {
			s = s[:len(s)-len(zero)+1]
		}
	}
	return s
}

func span(d *durationpb.Duration) string { return Span(d.AsDuration()) }

// Count writes a number with its noun: "1 byte", "2 bytes".
func Count[N int | int32 | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
