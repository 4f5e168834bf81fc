package cli

import (
	"strings"

	"github.com/farsock/farsock/ctl/render"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// flagNames says what a field of the contract is called on the command line.
var flagNames = map[string]string{
	"name":            "--as",
	"wait":            "--wait",
	"session":         "--session",
	"parent":          "--session",
	"session_id":      "ID",
	"ttl":             "--ttl",
	"socket":          "NAME",
	"backlog":         "--backlog",
	"listen.backlog":  "--backlog",
	"protocol":        "--protocol",
	"data":            "DATA",
	"dont_wait":       "--dont-wait",
	"max_bytes":       "--max",
	"exactly":         "--exactly",
	"delimiter":       "--until",
	"pattern":         "PATTERN",
	"peek":            "--peek",
	"max_datagrams":   "--datagrams",
	"host":            "HOST",
	"how":             "read|write|both",
	"to":              "--to",
	"keep_on_failure": "--keep",
}

// addressFields are the messages that ADDR on the command line becomes.
var addressFields = map[string]string{
	"bind":    "ADDR",
	"connect": "ADDR",
	"peer":    "ADDR",
	"address": "ADDR",
	"to":      "--to",
}

// flagOf translates the path of a field at fault. What has no name of its own on
// the command line keeps the contract's.
func flagOf(field string) string {
	if name, ok := flagNames[field]; ok {
		return name
	}
	head, rest, _ := strings.Cut(field, ".")
	if name, ok := addressFields[head]; ok {
		if rest == "" {
			return name
		}
		return rest[strings.LastIndexByte(rest, '.')+1:] + " of " + name
	}
	if head == "options" || strings.HasPrefix(head, "options[") {
		return strings.TrimSpace("--option " + render.OptionName(protoreflect.Name(rest)))
	}
	if head == "items" || strings.HasPrefix(head, "items[") {
		return "NAME"
	}
	return field
}

// flag is flagOf for the fields of the call that failed.
func (e *agentError) flag(field string) string {
	if s, ok := e.typed[field]; ok {
		return s
	}
	return flagOf(field)
}

// unbuiltName is what people know a part of the contract as that an agent does
// not have.
func unbuiltName(flag string) string {
	if flag == "type" {
		return "unixpacket (seqpacket)" // the one type that there is no agent for
	}
	if of, ok := strings.CutPrefix(flag, "abstract of "); ok {
		return of + ": an abstract or unnamed unix address"
	}
	if name, ok := strings.CutPrefix(flag, "--option "); ok {
		return "option " + name
	}
	return flag
}
