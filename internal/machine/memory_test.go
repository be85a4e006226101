package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemory(t *testing.T) {
	const installed = 4 << 30
	for name, c := range map[string]struct {
		files     map[string]string
		installed int64
		want      int64
	}{
		"no control groups": {nil, installed, installed},
		"nothing is known":  {nil, 0, 0},
		"no limit":          {map[string]string{"proc/self/cgroup": "0::/a.service\n", "sys/fs/cgroup/a.service/memory.max": "max\n"}, installed, installed},
		"a limit":           {map[string]string{"proc/self/cgroup": "0::/a.service\n", "sys/fs/cgroup/a.service/memory.max": "314572800\n"}, installed, 300 << 20},
		"only a limit":      {map[string]string{"proc/self/cgroup": "0::/a.service\n", "sys/fs/cgroup/a.service/memory.max": "314572800\n"}, 0, 300 << 20},
		"a limit above it":  {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "314572800\n"}, installed, 300 << 20},
		"of a container":    {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "209715200\n"}, installed, 200 << 20},
		"a large limit":     {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "8589934592\n"}, installed, installed},
		"nonsense":          {map[string]string{"proc/self/cgroup": "0::/../..\n", "sys/fs/cgroup/memory.max": "-1\n"}, installed, installed},
	} {
		root := t.TempDir()
		for file, text := range c.files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := memory(root, c.installed); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
