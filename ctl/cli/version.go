package cli

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// versionNumber is ctl's own; the contract's version is in its name.
const versionNumber = "0.1.0"

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show ctl's version",
		Long:  `Shows ctl's own version; 'ctl agent info' has an agent's.`,
		Args:  between(0, 0),
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Revision string `json:"revision,omitempty"`
				System   string `json:"system"`
			}{versionNumber, revision(), runtime.GOOS + "/" + runtime.GOARCH}
			if a.json() {
				return stdoutError(json.NewEncoder(a.env.Stdout).Encode(v))
			}
			return stdoutError(sentence(versionText())(a.env.Stdout))
		},
	}
}

// versionText is what --version says too.
func versionText() string {
	return strings.TrimSpace("ctl " + versionNumber + " " + runtime.GOOS + "/" + runtime.GOARCH + " " + revision())
}

// revision is the commit that ctl was built from, where Go knows it.
func revision() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return ""
}
