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
	eol     lineEnd
}

func addPayload(cmd *cobra.Command) *payload {
	f := cmd.Flags()
	p := &payload{
		file:    f.StringP("file", "f", "", "send the `FILE`'s bytes; - is stdin"),
		hex:     f.Bool("hex", false, "DATA, or the file, is pairs of hex digits; blanks do not count"),
		escapes: f.BoolP("escapes", "e", false, "in DATA "+escapesHelp),
	}
	f.VarPF(&p.eol, "eol", "", "add a line feed; --eol=crlf and --eol=cr add those").NoOptDefVal = "true"
	return p
}

// open returns the bytes to send: those of DATA, of a file, or of stdin. The
// caller closes it.
func (p *payload) open(a *app, cmd *cobra.Command, data []string) (io.ReadCloser, error) {
	if err := exclusive(cmd, "hex", "escapes"); err != nil {
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
	if p.eol == "" {
		return src, nil
	}
	return &joined{io.MultiReader(src, strings.NewReader(string(p.eol))), src}, nil
}

// each returns each DATA by itself.
func (p *payload) each(cmd *cobra.Command, data []string) ([][]byte, error) {
	if err := exclusive(cmd, "hex", "escapes"); err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("file") {
		return nil, usagef("--datagrams and --file exclude each other")
	}
	if len(data) == 0 {
		return nil, usagef("--datagrams: no DATA; '' is an empty datagram")
	}
	all := make([][]byte, len(data))
	for i, text := range data {
		var err error
		switch {
		case *p.hex:
			all[i], err = unhex(text)
		case *p.escapes:
			all[i], err = unescape(text)
		default:
			all[i] = []byte(text)
		}
		if err != nil {
			return nil, err
		}
		all[i] = append(all[i], p.eol...)
	}
	return all, nil
}

// joined reads more than it closes.
type joined struct {
	io.Reader
	io.Closer
}

func (p *payload) source(a *app, cmd *cobra.Command, data []string) (io.ReadCloser, error) {
	fromFile := cmd.Flags().Changed("file")
	switch {
	case fromFile && len(data) > 0:
		return nil, usagef("DATA and --file exclude each other")
	case fromFile && *p.file != "-":
		return openFile(a.env.path(*p.file))
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

// openFile opens what is to be sent, which a directory cannot be.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &usageError{err: err}
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", name)
	}
	if err != nil {
		_ = f.Close() // nothing was read from it
		return nil, &usageError{err: err}
	}
	return f, nil
}

// lineEnd is --eol: empty until it is said.
type lineEnd string

var lineEnds = map[string]lineEnd{"true": "\n", "lf": "\n", "crlf": "\r\n", "cr": "\r"}

// String, Set and Type make it a pflag.Value. As a bool it may stand without a
// value, which is then "true".
func (e *lineEnd) String() string { return "" }
func (e *lineEnd) Type() string   { return "bool" }

func (e *lineEnd) Set(s string) error {
	end, ok := lineEnds[s]
	if !ok {
		return errors.New("not lf, crlf or cr")
	}
	*e = end
	return nil
}
