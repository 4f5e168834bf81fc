package cli

import (
	"encoding/binary"

	"github.com/spf13/cobra"
)

// patternHelp says what the pattern is; programs on the other side may make it
// too.
const patternHelp = `The pattern is a sequence of 4-byte words, the highest byte first: word K is
K x 2654435761 + SEED modulo 2^32, K counting from 0. With --times it goes on from
one to the next.`

// patternFactor is odd, so that no two words of a sequence are alike.
const patternFactor = 2654435761

// patternByte is the pattern's byte at an offset.
func patternByte(seed uint32, offset int64) byte {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], uint32(offset/4)*patternFactor+seed)
	return word[offset%4]
}

// pattern reads the pattern from an offset on, for ever.
type pattern struct {
	seed   uint32
	offset int64
}

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = patternByte(p.seed, p.offset)
		p.offset++
	}
	return len(b), nil
}

// differs is the place in b of the first byte that the pattern has otherwise; -1
// if b is the pattern, which then goes on after it.
func (p *pattern) differs(b []byte) int {
	for i, c := range b {
		if c != patternByte(p.seed, p.offset+int64(i)) {
			return i
		}
	}
	p.offset += int64(len(b))
	return -1
}

// patternFlags are --pattern and --seed.
type patternFlags struct {
	size *int64
	seed *uint32
	cmd  *cobra.Command
}

func addPattern(cmd *cobra.Command, what string) *patternFlags {
	f := cmd.Flags()
	return &patternFlags{
		cmd:  cmd,
		size: f.Int64("pattern", 0, what),
		seed: f.Uint32("seed", 0, "the pattern's SEED, a `NUMBER`"),
	}
}

// pattern is what was asked for, at its beginning; nil if it was not.
func (p *patternFlags) pattern() (*pattern, error) {
	if !p.cmd.Flags().Changed("pattern") {
		if p.cmd.Flags().Changed("seed") {
			return nil, usagef("--seed is for --pattern")
		}
		return nil, nil
	}
	if *p.size < 1 {
		return nil, usagef("--pattern: must be 1 or more, is %d", *p.size)
	}
	return &pattern{seed: *p.seed}, nil
}
