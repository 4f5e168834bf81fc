package script

import (
	"maps"
	"slices"
	"strings"
)

// near is how many letters a mistyped command may differ by.
const near = 2

// unknown refuses a command that there is not, and names those that look like it.
func (f *file) unknown(name string) error {
	if name == "ctl" {
		return usagef(`there is no command "ctl": the lines of a script begin without it`)
	}
	var like []string
	for _, known := range slices.Sorted(maps.Keys(f.engine.Cmds)) {
		if distance(name, known) <= near {
			like = append(like, known)
		}
	}
	if len(like) == 0 {
		return usagef("there is no command %q; 'help' lists them", name)
	}
	return usagef("there is no command %q; did you mean %s?", name, strings.Join(like, " or "))
}

// distance is how many bytes have to be put in, taken out or replaced to make b
// of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
