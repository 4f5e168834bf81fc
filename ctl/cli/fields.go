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
	"end_of_stream":   "--eof",
	"peek":            "--peek",
	"max_datagrams":   "--datagrams",
	"host":            "HOST",
	"how":             "read|write|both",
	"to":              "--to",
	"keep_on_failure": "--keep",
	"offset":          "--offset",
	"holder":          "--holder",

	"network_namespace": "--netns",
	"more":              "--more",
	"out_of_band":       "--oob",
	"dont_route":        "--dont-route",
	"confirm":           "--confirm",
	"end_of_record":     "--eor",
	"fast_open":         "--fast-open",
	"buffer_sizes":      "--buffers",
	"control":           "--control",
	"datagrams":         "--datagrams",
	"wait_all":          "--wait-all",
	"error_queue":       "--error-queue",
	"max_control_bytes": "--max-control",
	"states":            "STATE",
	"tcp_states":        "STATE",
}

// datagramFields are a datagram's, as `send` says them.
var datagramFields = map[string]string{
	"data":           "DATA",
	"control":        "--control",
	"source":         "--source",
	"interface_name": "--interface",
	"ttl":            "--ttl",
	"traffic_class":  "--tos",
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
	if strings.HasPrefix(head, "datagrams[") {
		return datagramFlag(head, rest)
	}
	if name, ok := addressFields[head]; ok {
		if rest == "" {
			return name
		}
		return rest[strings.LastIndexByte(rest, '.')+1:] + " of " + name
	}
	if head == "options" || strings.HasPrefix(head, "options[") {
		return strings.TrimSpace("--option " + render.OptionName(protoreflect.Name(rest)))
	}
	if name, ok := flagNames[elementOf(head)]; ok && elementOf(head) != head {
		return name
	}
	if head == "items" || strings.HasPrefix(head, "items[") {
		return "NAME"
	}
	return field
}

// datagramFlag translates the path of a field inside of a datagram to be sent.
func datagramFlag(head, rest string) string {
	field, deep, _ := strings.Cut(rest, ".")
	if field == "peer" {
		return flagOf("to" + strings.TrimPrefix(rest, field))
	}
	if name, ok := datagramFields[elementOf(field)]; ok {
		return name
	}
	return strings.TrimSuffix(head+"."+field+"."+deep, ".")
}

// elementOf is the list that a path's part is an element of: "control" for
// "control[2]".
func elementOf(part string) string {
	list, _, _ := strings.Cut(part, "[")
	return list
}

// flag is flagOf for the fields of the call that failed: "group of option
// multicast-join=ff02::1" where what was typed became a message with fields.
func (e *agentError) flag(field string) string {
	for path := field; path != ""; {
		if s, ok := e.typed[path]; ok {
			if parts := strings.Split(strings.TrimPrefix(field, path), "."); len(parts) > 2 {
				s = strings.ReplaceAll(parts[len(parts)-1], "_", " ") + " of " + s
			}
			return s
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return flagOf(field)
}

// unbuiltName is what people know a part of the contract as that an agent does
// not have.
func unbuiltName(flag string) string {
	if name, ok := strings.CutPrefix(flag, "--option "); ok {
		return "option " + name
	}
	return flag
}
