package render

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Column is one column of a table.
type Column struct {
	Title string
	// Drop is the order in which columns leave a terminal that is too narrow:
	// the highest first; 0 stays.
	Drop int
	// Lead stands before a cell that has no column of its own any more.
	Lead string
}

const gap = "  "

// Table writes rows under titles, aligned. With a width above 0 it first leaves
// out the columns that may be dropped, whose titles it returns; if that is not
// enough a row takes two lines, its name and what is left. Nothing is ever cut.
func Table(w io.Writer, width int, columns []Column, rows [][]string) (leftOut []string, err error) {
	keep := make([]int, len(columns))
	for i := range keep {
		keep[i] = i
	}
	widths := columnWidths(columns, rows)
	for width > 0 && total(widths, keep) > width {
		worst := slices.MaxFunc(keep, func(a, b int) int { return columns[a].Drop - columns[b].Drop })
		if columns[worst].Drop == 0 {
			return leftOut, folded(w, columns, keep, rows)
		}
		leftOut = append(leftOut, columns[worst].Title)
		keep = slices.DeleteFunc(keep, func(i int) bool { return i == worst })
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	var b strings.Builder
	for _, row := range append([][]string{titles}, rows...) {
		line(&b, keep, widths, row)
	}
	_, err = io.WriteString(w, b.String())
	return leftOut, err
}

// whole is Table for columns none of which may be dropped.
func whole(w io.Writer, width int, columns []Column, rows [][]string) error {
	_, err := Table(w, width, columns, rows)
	return err
}

func line(b *strings.Builder, keep, widths []int, row []string) {
	for n, i := range keep {
		cell := orDash(row[i])
		b.WriteString(cell)
		if n < len(keep)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + gap)
		}
	}
	b.WriteByte('\n')
}

// folded writes a row's name on one line and the rest under it.
func folded(w io.Writer, columns []Column, keep []int, rows [][]string) error {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(row[keep[0]] + "\n ")
		for _, i := range keep[1:] {
			if row[i] != "" {
				b.WriteString(" " + columns[i].Lead + row[i])
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func columnWidths(columns []Column, rows [][]string) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.Title)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(orDash(row[i])))
		}
	}
	return widths
}

func total(widths, keep []int) int {
	sum := len(gap) * (len(keep) - 1)
	for _, i := range keep {
		sum += widths[i]
	}
	return sum
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// WithoutEmpty leaves out those of the named columns in which no row has
// anything.
func WithoutEmpty(columns []Column, rows [][]string, titles ...string) ([]Column, [][]string) {
	for _, title := range titles {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Title == title })
		if i < 0 || slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		columns = slices.Delete(slices.Clone(columns), i, i+1)
		short := make([][]string, len(rows))
		for n, row := range rows {
			short[n] = slices.Delete(slices.Clone(row), i, i+1)
		}
		rows = short
	}
	return columns, rows
}

// Pair is one line of a description.
type Pair struct{ Key, Value string }

// Pairs writes a description, a key and its value a line. Empty values are left
// out.
func Pairs(w io.Writer, pairs []Pair) error { return PairsWithin(w, 0, pairs) }

// PairsWithin is Pairs that continues a value on further lines, at its blanks,
// where it would pass the width. 0: on one line.
func PairsWithin(w io.Writer, width int, pairs []Pair) error {
	wide := 0
	for _, p := range pairs {
		if p.Value != "" {
			wide = max(wide, len(p.Key))
		}
	}
	var b strings.Builder
	for _, p := range pairs {
		if p.Value != "" {
			lead := p.Key + strings.Repeat(" ", wide-len(p.Key)) + gap
			b.WriteString(lead + strings.Join(Wrap(p.Value, width-len(lead)), "\n"+strings.Repeat(" ", len(lead))) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
