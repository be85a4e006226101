package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets/table"
	"tidemark/internal/cachefile"
	"tidemark/internal/valuehash"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/chart"
	"tidemark/site/feed"
	"tidemark/site/linkcheck"
	"tidemark/site/publish"
)

// remembered is what making files leaves to the next rendering: the same program makes of the same facts and files the same bytes.
type remembered struct {
	Name    string // path of a page, or of the first file of those that are made together
	Facts   string
	Asked   []string           // what a page asked of its frame, such as for the drawings whose hashes are in its links; sorted
	Answers string             // hash of what it learned
	Files   map[string]string  // SHA-256 by path
	Result  []byte             // what the rendering needs to know of the files, as JSON
	Targets []linkcheck.Target // of the links of a page
}

const rememberedHeader = "tidemark pages 4"

// memory spares making files whose facts are those of the published ones.
type memory struct {
	file    string // empty: nothing is remembered
	program string // hash of the program, with its templates
	hasher  *valuehash.Hasher
	before  map[string]remembered // by name

	mu     sync.Mutex
	now    map[string]remembered
	frames map[*frame]valuehash.Sum
}

// openMemory reads what the last rendering left in a file. One that is missing or damaged, or a program that cannot be read, costs only time.
func openMemory(file string) *memory {
	m := &memory{before: map[string]remembered{}, now: map[string]remembered{}, frames: map[*frame]valuehash.Sum{}}
	program, err := programHash()
	if file == "" || err != nil {
		return m
	}
	m.file, m.program = file, program
	m.hasher = valuehash.New(reflect.TypeFor[trace](), reflect.TypeFor[table.Manifest](), reflect.TypeFor[table.Schema](), reflect.TypeFor[analysis.Answer](),
		reflect.TypeFor[analysis.Question](), reflect.TypeFor[table.Result](), reflect.TypeFor[chart.Chart](), reflect.TypeFor[feed.Feed](), reflect.TypeFor[dossier.RFC](), reflect.TypeFor[operator.AS](), reflect.TypeFor[operator.Prefix]())
	pages, err := cachefile.Read[remembered](file, rememberedHeader+" "+program)
	if err != nil {
		return m
	}
	for _, p := range pages {
		m.before[p.Name] = p
	}
	return m
}

// programHash returns the hash of the running program's file: whatever of a page is not in its facts is in the program.
var programHash = sync.OnceValues(func() (string, error) {
	path := "/proc/self/exe" // which is this program also where its file was replaced
	if runtime.GOOS != "linux" {
		var err error
		if path, err = os.Executable(); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
})

// facts returns the hash of what a page is made of, besides what it asks of its frame. Its Data are made.
func (m *memory) facts(p *page) (sum string, known bool, err error) {
	shared, err := m.sharedFacts(p.frame)
	if errors.Is(err, valuehash.ErrHidden) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	own := *p
	own.frame, own.view, own.asked = nil, nil, nil
	return m.sum([]any{shared, own})
}

// sharedFacts returns the hash of a frame, which all pages have in common.
func (m *memory) sharedFacts(f *frame) (valuehash.Sum, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sum, known := m.frames[f]; known {
		return sum, nil
	}
	shared := *f
	shared.newest, shared.rfcs, shared.feeds, shared.file, shared.parts = "", nil, nil, nil, nil
	sum, err := m.hasher.Sum(shared)
	if err == nil {
		m.frames[f] = sum
	}
	return sum, err
}

// What a page can ask of its frame, besides what all pages depend on.
const (
	askFile   = "file"   // what the site has at a path
	askFeed   = "feed"   // whether it has a feed
	askRFC    = "rfc"    // whether it has a page of an RFC
	askNewest = "newest" // the day of its newest data
)

// ask notes that the page depends on what its frame answers.
func (p *page) ask(kind, about string) { p.note(kind + " " + about) }

func (p *page) note(asked string) {
	if p.asked == nil {
		p.asked = map[string]bool{}
	}
	p.asked[asked] = true
}

// answer returns what a page learned that asked.
func (f *frame) answer(asked string) string {
	switch kind, about, _ := strings.Cut(asked, " "); kind {
	case askFeed:
		return strconv.FormatBool(f.feeds[about] != nil)
	case askRFC:
		number, _ := strconv.Atoi(about)
		return f.rfcTarget(number)
	case askNewest:
		return f.newest
	default:
		file, there := f.file(about)
		return fmt.Sprint(there, file.Bytes, file.SHA256)
	}
}

// answers returns the hash of what a page learned.
func (f *frame) answers(asked []string) string {
	h := sha256.New()
	for _, a := range asked {
		fmt.Fprintf(h, "%q %q\n", a, f.answer(a))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// render returns the content of a page; nil where the published page is made of the same, and was published again.
func (m *memory) render(p *page, stage *publish.Stage) ([]byte, error) {
	if p.view != nil {
		p.Data = p.view()
	}
	if m.file == "" {
		return p.render()
	}
	facts, known, err := m.facts(p)
	if err != nil {
		return nil, err
	}
	if !known {
		return p.render()
	}
	if old, ok := m.before[p.Path]; ok && old.Facts == facts && old.Answers == p.answers(old.Asked) {
		if kept, err := m.keep(old, stage); kept || err != nil {
			return nil, err
		}
	}
	content, err := p.render()
	if err != nil {
		return nil, err
	}
	asked := slices.Sorted(maps.Keys(p.asked))
	m.remember(remembered{Name: p.Path, Facts: facts, Asked: asked, Answers: p.answers(asked), Files: map[string]string{p.Path: sha256Hex(content)}})
	return content, nil
}

// keep publishes what is remembered again, and reports whether the published version has all of it.
func (m *memory) keep(old remembered, stage *publish.Stage) (bool, error) {
	kept, err := stage.Keep(old.Files)
	if kept {
		m.remember(old)
	}
	return kept, err
}

// adder writes a file of the site.
type adder func(path string, content []byte) error

// makeFiles returns what produce says of the files that it makes of facts and adds. Where the published version has files of that name made of
// the same, these are published again, and what was said of them is returned; it has to survive JSON. The name is the path of the first file.
func makeFiles[Result any](m *memory, name string, facts any, stage *publish.Stage, produce func(adder) (Result, error)) (result Result, err error) {
	sum, known, err := m.sum(facts)
	if err != nil {
		return result, err
	}
	if !known {
		return produce(stage.Add)
	}
	if old, ok := m.before[name]; ok && old.Facts == sum && json.Unmarshal(old.Result, &result) == nil {
		if kept, err := m.keep(old, stage); kept || err != nil {
			return result, err
		}
	}
	now := remembered{Name: name, Facts: sum, Files: map[string]string{}}
	result, err = produce(func(path string, content []byte) error {
		err := stage.Add(path, content)
		added, _ := stage.File(path)
		now.Files[path] = added.SHA256
		return err
	})
	if err != nil {
		return result, err
	}
	if now.Result, err = json.Marshal(result); err != nil {
		return result, err
	}
	m.remember(now)
	return result, nil
}

// sum returns the hash of facts for this program; not known where nothing is remembered or they cannot be hashed.
func (m *memory) sum(facts any) (sum string, known bool, err error) {
	if m.file == "" {
		return "", false, nil
	}
	hash, err := m.hasher.Sum([]any{m.program, facts})
	if errors.Is(err, valuehash.ErrHidden) {
		return "", false, nil
	}
	return hex.EncodeToString(hash[:]), err == nil, err
}

func (m *memory) remember(r remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now[r.Name] = r
}

// rememberTargets adds where the links of a page lead, if the page is remembered.
func (m *memory) rememberTargets(path string, targets []linkcheck.Target) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, known := m.now[path]; known {
		r.Targets = targets
		m.now[path] = r
	}
}

// targets returns where the links of a page that was kept lead.
func (m *memory) targets(path string) []linkcheck.Target {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now[path].Targets
}

// save writes what the next rendering can use. It is true of its files even if they are not published.
func (m *memory) save() error {
	if m.file == "" {
		return nil
	}
	return cachefile.Write(m.file, rememberedHeader+" "+m.program, func(yield func(remembered) bool) {
		for _, name := range slices.Sorted(maps.Keys(m.now)) {
			if !yield(m.now[name]) {
				return
			}
		}
	})
}
