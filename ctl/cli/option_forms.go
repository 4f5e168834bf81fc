package cli

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/farsock/farsock/ctl/render"
)

// optionForm is an option as people write it.
type optionForm struct {
	Name   string `json:"name"`
	Values string `json:"values"` // with its unit: "0|1", "MILLISECONDS"
	Built  bool   `json:"built"`  // today's agents have it
}

func (f optionForm) String() string {
	s := f.Name + "=" + f.Values
	if !f.Built {
		s += "  (not built yet)"
	}
	return s
}

// optionValues are the values that their kind does not tell.
var optionValues = map[string]string{
	"raw:LEVEL:NAME":      "NUMBER|0xHEX",
	"linger":              "SECONDS|off",
	"send-buffer":         "BYTES",
	"receive-buffer":      "BYTES",
	"ttl":                 "HOPS",
	"keep-alive-idle":     "SECONDS",
	"keep-alive-interval": "SECONDS",
	"keep-alive-count":    "PROBES",
	"user-timeout":        "MILLISECONDS",
	"traffic-class":       "0..255",
	"device":              "INTERFACE",
	"multicast-ttl":       "HOPS",
	"multicast-interface": "INTERFACE",
}

// builtOptions are what the agent of this version has; a test compares.
var builtOptions = map[string]bool{
	"raw:LEVEL:NAME": true, "linger": true, "reuse-address": true, "reuse-port": true, "no-delay": true,
	"keep-alive": true, "send-buffer": true, "receive-buffer": true, "v6-only": true, "broadcast": true, "ttl": true,
}

// optionForms are the options that ctl can write, for help and completion.
func optionForms() []optionForm {
	var forms []optionForm
	fields := optionFields()
	for i := range fields.Len() {
		f := fields.Get(i)
		name := render.OptionName(f.Name())
		if name == "raw" {
			name = "raw:LEVEL:NAME"
		}
		values, special := optionValues[name]
		switch {
		case special:
		case f.Kind() == protoreflect.BoolKind:
			values = "0|1"
		case f.Kind() == protoreflect.MessageKind: // not built, and no form yet
			continue
		default:
			values = "NUMBER"
		}
		forms = append(forms, optionForm{name, values, builtOptions[name]})
	}
	return forms
}
