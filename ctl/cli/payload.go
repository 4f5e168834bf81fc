package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// payload is what `send` sends: where it comes from and how it is written.
type payload struct {
	file    *string
	hex     *bool
	escapes *bool
	eol     *string
}

func addPayload(cmd *cobra.Command) *payload {
	f := cmd.Flags()
	p := &payload{
		file:    f.StringP("file", "f", "", "send the `FILE`'s bytes; - is stdin"),
		hex:     f.Bool("hex", false, "DATA, or the file, is pairs of hex digits; blanks do not count"),
		escapes: f.BoolP("escapes", "e", false, "in DATA "+escapesHelp),
		eol:     f.String("eol", "", "add a line end: `lf` (the default for a bare --eol), crlf or cr"),
	}
	f.Lookup("eol").NoOptDefVal = "lf"
	return p
}

// open returns the bytes to send: those of DATA, of a file, or of stdin. The
// caller closes it.
func (p *payload) open(a *app, cmd *cobra.Command, data []string) (io.ReadCloser, error) {
	if err := exclusive(cmd, "hex", "escapes"); err != nil {
		return nil, err
	}
	end, err := p.lineEnd(cmd)
	if err != nil {
		return nil, err
	}
	src, err := p.source(a, cmd, data)
	if err != nil {
		return nil, err
	}
	if *p.hex {
		// Digits need looking at as a whole; they are for small things.
		all, err := io.ReadAll(src)
		if err = errors.Join(err, src.Close()); err != nil {
			return nil, fmt.Errorf("read what to send: %w", err)
		}
		b, err := unhex(string(all))
		if err != nil {
			return nil, err
		}
		src = io.NopCloser(bytes.NewReader(b))
	}
	if end == "" {
		return src, nil
	}
	return &joined{io.MultiReader(src, strings.NewReader(end)), src}, nil
}

// joined reads more than it closes.
type joined struct {
	io.Reader
	io.Closer
}

func (p *payload) lineEnd(cmd *cobra.Command) (string, error) {
	if !cmd.Flags().Changed("eol") {
		return "", nil
	}
	switch *p.eol {
	case "lf":
		return "\n", nil
	case "crlf":
		return "\r\n", nil
	case "cr":
		return "\r", nil
	}
	return "", usagef("--eol is lf, crlf or cr, not %q", *p.eol)
}

func (p *payload) source(a *app, cmd *cobra.Command, data []string) (io.ReadCloser, error) {
	fromFile := cmd.Flags().Changed("file")
	switch {
	case fromFile && len(data) > 0:
		return nil, usagef("DATA and --file exclude each other")
	case fromFile && *p.file != "-":
		f, err := os.Open(a.env.path(*p.file))
		if err != nil {
			return nil, &usageError{err: err}
		}
		return f, nil
	case len(data) == 0:
		if *p.escapes {
			return nil, usagef("--escapes is for DATA")
		}
		return &inputReader{ctx: cmd.Context(), in: readInput(a.env.Stdin)}, nil
	}
	text := []byte(strings.Join(data, " "))
	if *p.escapes {
		var err error
		if text, err = unescape(string(text)); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}
