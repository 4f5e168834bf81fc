package render

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The list has two columns where both fit: what to write, and what it does.
const (
	optionColumn = 34
	optionWide   = 76 // from here on there are two
)

// Form is an option as it is written, "no-delay=0|1".
func (e OptionEntry) Form() string { return e.Name + "=" + e.Values }

// OptionList writes entries, in their order, under the headings of their
// groups.
func OptionList(w io.Writer, width int, entries []OptionEntry) error {
	var b strings.Builder
	last := -1
	for _, e := range entries {
		if e.Group != last {
			if last >= 0 {
				b.WriteByte('\n')
			}
			b.WriteString(OptionGroups[e.Group] + "\n")
			last = e.Group
		}
		e.row(&b, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e OptionEntry) row(b *strings.Builder, width int) {
	text := e.Does
	if names := e.otherNames(); names != "" {
		text += " (" + names + ")"
	}
	if e.Access != "" {
		text += "; " + e.Access
	}
	left, form := optionColumn, "  "+e.Form()
	if width > 0 && width < optionWide {
		left = 6
	}
	b.WriteString(form)
	pad := left - utf8.RuneCountInString(form)
	if pad < len(gap) {
		pad = left
		if width == 0 {
			b.WriteString(gap)
			pad = 0 // one line each, for whoever searches them
		} else {
			b.WriteByte('\n')
		}
	}
	for i, line := range Wrap(text, max(width-left, 0)) {
		if i > 0 {
			pad = left
		}
		b.WriteString(strings.Repeat(" ", pad) + line + "\n")
	}
}

// otherNames are the constants that the name does not say.
func (e OptionEntry) otherNames() string {
	var names []string
	for _, c := range e.Constants {
		if c.Name != e.Name {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// OptionDetails writes all that is known of each entry.
func OptionDetails(w io.Writer, width int, entries []OptionEntry) error {
	var b strings.Builder
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Form() + "\n")
		paragraph := func(s string) {
			for _, line := range Wrap(s, max(width-2, 0)) {
				b.WriteString("  " + line + "\n")
			}
		}
		paragraph(e.Does)
		if e.Note != "" {
			paragraph(e.Note)
		}
		for _, c := range e.Constants {
			paragraph(c.Name + ": level " + strconv.Itoa(int(c.Level)) + ", option " + strconv.Itoa(int(c.Number)))
		}
		if e.Typed && len(e.Constants) == 2 && e.Constants[0].Form != FormTyped {
			paragraph(e.Name + " is the first on an IPv4 socket and the second on an IPv6 one; each by its own name is that very option on either.")
		}
		if e.Access != "" {
			paragraph(e.Access)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
