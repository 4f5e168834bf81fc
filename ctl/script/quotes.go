package script

import "strings"

// plainQuotes writes a line with double quotes as the engine reads it, which
// knows single quotes alone: "at ${web.addr}" becomes 'at '${web.addr}. Inside
// of double quotes variables are put in, and a backslash takes the meaning of a
// following " $ or backslash; before anything else it stays.
func plainQuotes(line string) (string, error) {
	if !strings.Contains(line, `"`) {
		return line, nil
	}
	var q quoting
	for i := 0; i < len(line); {
		var err error
		switch line[i] {
		case '#':
			q.flush()
			return q.out.String(), nil
		case '\'':
			i, err = q.single(line, i+1)
		case '"':
			i, err = q.double(line, i+1)
		default:
			q.plain(line[i : i+1])
			i++
		}
		if err != nil {
			return "", err
		}
	}
	q.flush()
	return q.out.String(), nil
}

// quoting is a line being written. Quoted text is collected, since to the
// engine two single quotes in a row are one that is meant.
type quoting struct {
	out    strings.Builder
	text   strings.Builder // quoted and not yet in out
	quoted bool            // there is such text, which may be empty
}

func (q *quoting) flush() {
	if q.quoted {
		q.out.WriteString("'" + strings.ReplaceAll(q.text.String(), "'", "''") + "'")
	}
	q.text.Reset()
	q.quoted = false
}

func (q *quoting) plain(text string) {
	q.flush()
	q.out.WriteString(text)
}

// single reads up to the closing single quote and returns where it goes on.
func (q *quoting) single(line string, at int) (int, error) {
	q.quoted = true
	for at < len(line) {
		if line[at] != '\'' {
			q.text.WriteByte(line[at])
			at++
			continue
		}
		if !strings.HasPrefix(line[at:], "''") {
			return at + 1, nil
		}
		q.text.WriteByte('\'')
		at += 2
	}
	return 0, usagef("a single quote is not closed")
}

// double reads up to the closing double quote and returns where it goes on.
func (q *quoting) double(line string, at int) (int, error) {
	q.quoted = true
	for at < len(line) {
		switch c := line[at]; {
		case c == '"':
			return at + 1, nil
		case c == '\\' && at+1 < len(line) && strings.IndexByte(`"$\`, line[at+1]) >= 0:
			q.text.WriteByte(line[at+1])
			at += 2
		case c == '$':
			name, size, err := variable(line[at:])
			if err != nil {
				return 0, err
			}
			if name == "" {
				q.text.WriteByte('$')
				at++
				continue
			}
			q.plain("${" + name + "}")
			q.quoted = true
			at += size
		default:
			q.text.WriteByte(c)
			at++
		}
	}
	return 0, usagef("a double quote is not closed; '\"' means the character")
}

// variable reads $NAME or ${NAME} at the beginning of text; an empty name means
// that the $ is no variable's.
func variable(text string) (name string, size int, err error) {
	if strings.HasPrefix(text, "${") {
		end := strings.IndexAny(text, `}"`)
		if end < 0 || text[end] != '}' || end == len("${") {
			return "", 0, usagef(`"${" without a name and "}"; \$ means the character`)
		}
		if name := text[len("${"):end]; strings.ContainsAny(name, blanks+"'") {
			return "", 0, usagef("%q is no name of a variable", name) // the engine would end the word there
		}
		return text[len("${"):end], end + 1, nil
	}
	end := 1
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	return text[1:end], end, nil
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
