package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// config is the file that `agent add` writes: agents by name.
type config struct {
	Agents map[string]configAgent `json:"agents"`
}

type configAgent struct {
	Endpoint string `json:"endpoint"`
	// NetworkNamespace is where sockets are opened through this name; empty: in
	// the agent's own.
	NetworkNamespace string `json:"networkNamespace,omitempty"`
}

// configPath is $FARSOCK_CONFIG, else farsock/config.json in the user's
// configuration folder.
func (a *app) configPath() (string, error) {
	if path := a.env.Getenv("FARSOCK_CONFIG"); path != "" {
		return a.env.path(path), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("config: %w; set FARSOCK_CONFIG", err)
	}
	return filepath.Join(dir, "farsock", "config.json"), nil
}

// config reads the file; one that is missing is empty.
func (a *app) config() (config, error) {
	c := config{Agents: map[string]configAgent{}}
	path, err := a.configPath()
	if err != nil {
		return c, err
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, usagef("config %s: %w", path, err)
	}
	if c.Agents == nil {
		c.Agents = map[string]configAgent{}
	}
	return c, nil
}

func (a *app) writeConfig(c config) error {
	path, err := a.configPath()
	if err != nil {
		return err
	}
	if err := writeJSON(path, c); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}
