package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// refusePasswords is an error if an address anywhere in the file holds a user's name or password. The file may be published, and addresses
// reach notes, manifests, logs and the site.
func refusePasswords(text []byte) error {
	var all map[string]any
	if err := toml.Unmarshal(text, &all); err != nil {
		return err
	}
	return refuseIn("", all)
}

func refuseIn(key string, value any) error {
	switch value := value.(type) {
	case string:
		_, rest, is := strings.Cut(value, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); is && at >= 0 {
			host := authority[at+1:]
			if u, err := url.Parse(value); err == nil {
				host = u.Host
			}
			return fmt.Errorf("%s: the address of %s holds a name or password; take it out, and set TIDEMARK_CREDENTIALS=\"https://%s=user:password\" in the environment", key, host, host)
		}
	case map[string]any:
		for name, v := range value {
			if err := refuseIn(strings.TrimPrefix(key+"."+name, "."), v); err != nil {
				return err
			}
		}
	case []any:
		for _, v := range value {
			if err := refuseIn(key, v); err != nil {
				return err
			}
		}
	}
	return nil
}
