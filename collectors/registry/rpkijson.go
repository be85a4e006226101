package registry

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/internal/bounded"
)

// signed is what the JSON forms say of every object: its trust anchor and until when it is valid.
type signed struct {
	TA          string   `json:"ta"`
	TrustAnchor string   `json:"trustAnchor"`
	Expires     *float64 `json:"expires"` // seconds
	Source      []struct {
		TAL   string `json:"tal"`
		Chain struct {
			NotAfter time.Time `json:"notAfter"`
		} `json:"chainValidity"`
	} `json:"source"` // of Routinator's jsonext: what the object was made from
}

// anchor returns the trust anchor; empty if the file names none.
func (s *signed) anchor() string {
	for _, name := range []string{s.TA, s.TrustAnchor} {
		if name != "" {
			return name
		}
	}
	for _, source := range s.Source {
		if source.TAL != "" {
			return source.TAL
		}
	}
	return ""
}

// expires returns until when the object is valid: by the last of its sources to end; nil if the file does not say.
func (s *signed) expires() *time.Time {
	if s.Expires != nil {
		return secondsAt(*s.Expires)
	}
	var last time.Time
	for _, source := range s.Source {
		if source.Chain.NotAfter.After(last) {
			last = source.Chain.NotAfter.UTC()
		}
	}
	if last.IsZero() {
		return nil
	}
	return &last
}

// secondsAt returns the time of seconds since 1970; nil if they cannot be a time of our days.
func secondsAt(seconds float64) *time.Time {
	if !(seconds > 0 && seconds < 1e11) {
		return nil
	}
	t := time.Unix(int64(seconds), 0).UTC()
	return &t
}

// payload is a ROA payload of the JSON forms.
type payload struct {
	signed
	ASN       any    `json:"asn"` // number, "64496" or "AS64496"
	Prefix    string `json:"prefix"`
	MaxLength *int   `json:"maxLength"`
}

func (p *payload) row() (datasets.ROA, error) {
	row, err := roa(asnText(p.ASN), p.Prefix, p.MaxLength, p.anchor())
	row.Expires = p.expires()
	return row, err
}

// aspa is an ASPA: rpki-client and Routinator name the customer differently.
type aspa struct {
	signed
	Customer   any   `json:"customer"`
	CustomerID any   `json:"customer_asid"`
	Providers  []any `json:"providers"`
}

// rows returns a row for each provider.
func (a *aspa) rows() (rows []datasets.ASPA, err error) {
	if a.Customer == nil {
		a.Customer = a.CustomerID
	}
	customer, err := parseASN(asnText(a.Customer))
	if err != nil {
		return nil, fmt.Errorf("customer: %w", err)
	}
	if len(a.Providers) == 0 {
		return nil, errors.New("an ASPA without providers")
	}
	for _, provider := range a.Providers {
		n, err := parseASN(asnText(provider))
		if err != nil {
			return nil, fmt.Errorf("provider: %w", err)
		}
		rows = append(rows, datasets.ASPA{Customer: customer, Provider: n, TrustAnchor: a.anchor(), Expires: a.expires()})
	}
	return rows, nil
}

// routerKey is a router key: rpki-client and Routinator name the key differently.
type routerKey struct {
	signed
	ASN       any    `json:"asn"`
	SKI       string `json:"ski"`
	Key       string `json:"pubkey"`
	RouterKey string `json:"routerPublicKey"`
}

func (k *routerKey) row() (row datasets.RouterKey, err error) {
	asn, err := parseASN(asnText(k.ASN))
	if err != nil {
		return row, err
	}
	row = datasets.RouterKey{ASN: asn, SKI: strings.ToLower(k.SKI), Key: cmp.Or(k.Key, k.RouterKey), TrustAnchor: k.anchor(), Expires: k.expires()}
	if b, err := hex.DecodeString(row.SKI); err != nil || len(b) != 20 {
		return row, fmt.Errorf("subject key identifier %.60q", k.SKI)
	}
	if row.Key == "" {
		return row, errors.New("a router key without the key")
	}
	return row, nil
}

// json reads {"metadata": {…}, "roas": [{…}, …], "aspas": [{…}, …], …}. RIPE's validator calls the list of payloads data, and
// RIPEstat's data hold it. Lists of other objects are counted.
func (r *rpkiReader) json(in io.Reader) error {
	r.window = bounded.NewWindow(in, maxObject)
	d := json.NewDecoder(r.window)
	err := r.object(d, false)
	if err == nil {
		if _, err := d.Token(); err != io.EOF {
			r.into.Damage(fmt.Errorf("%s: byte %d: the file goes on behind its end", r.raw.ID(), d.InputOffset()))
		}
		return nil
	}
	err = fmt.Errorf("%s: byte %d: %w", r.raw.ID(), d.InputOffset(), err)
	if errors.Is(err, errNoList) {
		return err
	}
	return r.truncated(err)
}

// maxObject is the largest object accepted, and the longest record of CSV, in bytes. Real ones have some hundred, or a thousand with
// Routinator's sources.
const maxObject = 1 << 20

// more reports whether the list or object that is read goes on. What was read before no longer counts.
func (r *rpkiReader) more(d *json.Decoder) bool {
	r.window.Slide(d.InputOffset())
	return d.More()
}

// errNoList is the error of a value that should be a list.
var errNoList = errors.New("is not a list")

// object reads an object of lists. That of RIPEstat's answer has another in it.
func (r *rpkiReader) object(d *json.Decoder, inner bool) error {
	if !inner {
		if _, err := d.Token(); err != nil {
			return err
		}
	}
	for r.more(d) {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		switch key {
		case "roas":
			err = readObjects(r, d, key, &r.roas, func(p *payload) ([]datasets.ROA, error) { return one(p.row()) })
		case "aspas":
			err = readObjects(r, d, key, &r.aspas, (*aspa).rows)
		case "bgpsec_keys", "routerKeys":
			err = readObjects(r, d, key, &r.keys, func(k *routerKey) ([]datasets.RouterKey, error) { return one(k.row()) })
		case "metadata":
			err = r.metadata(d)
		case "data":
			err = r.data(d, inner)
		default:
			err = r.other(d, key)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// one returns the only row of an object.
func one[Row any](row Row, err error) ([]Row, error) { return []Row{row}, err }

// data reads the value of data: the list of payloads, or the object with the lists.
func (r *rpkiReader) data(d *json.Decoder, inner bool) error {
	token, err := d.Token()
	switch {
	case err != nil:
		return err
	case token == json.Delim('{') && !inner:
		return r.object(d, true)
	case token == json.Delim('['):
		return listOf(r, d, &r.roas, func(p *payload) ([]datasets.ROA, error) { return one(p.row()) })
	}
	return fmt.Errorf("data %w", errNoList)
}

// readObjects reads a list of objects of one sort; rows returns the rows of one.
func readObjects[Object, Row any](r *rpkiReader, d *json.Decoder, key string, to *objects[Row], rows func(*Object) ([]Row, error)) error {
	token, err := d.Token()
	switch {
	case err != nil:
		return err
	case token == nil: // null
		return nil
	case token != json.Delim('['):
		return fmt.Errorf("%s %w", key, errNoList)
	}
	return listOf(r, d, to, rows)
}

// listOf reads the rest of a list.
func listOf[Object, Row any](r *rpkiReader, d *json.Decoder, to *objects[Row], rows func(*Object) ([]Row, error)) error {
	for r.more(d) {
		place := fmt.Sprintf("byte %d", d.InputOffset())
		object := new(Object)
		err := d.Decode(object)
		var wrong *json.UnmarshalTypeError
		var badTime *time.ParseError
		switch {
		case errors.As(err, &wrong), errors.As(err, &badTime):
			to.add(r, place, err)
		case err != nil:
			return err
		default:
			made, err := rows(object)
			to.add(r, place, err, made...)
		}
	}
	_, err := d.Token()
	return err
}

// metadata reads the day of the file.
func (r *rpkiReader) metadata(d *json.Decoder) error {
	var m struct {
		BuildTime string `json:"buildtime"` // rpki-client
		Generated any    `json:"generated"` // seconds; Routinator also has generatedTime
		Time      string `json:"generatedTime"`
	}
	if err := d.Decode(&m); err != nil {
		return err
	}
	for _, text := range []string{m.BuildTime, m.Time} {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			r.stated = t
		}
	}
	if seconds, ok := m.Generated.(float64); ok && r.stated.IsZero() {
		if t := secondsAt(seconds); t != nil {
			r.stated = *t
		}
	}
	return nil
}

// maxOthers is how many lists that are not used are counted by name.
const maxOthers = 20

// other counts what is in a value that is not used: the entries of a list, or of the lists of an object. A time of RIPEstat's
// answer is that of the file.
func (r *rpkiReader) other(d *json.Decoder, key string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	n := 0
	switch v := token.(type) {
	case string:
		if t, err := time.Parse("2006-01-02T15:04:05", v); key == "time" && err == nil && r.stated.IsZero() {
			r.stated = t
		}
	case json.Delim:
		n, err = r.entries(d, v)
	}
	if n == 0 || err != nil {
		return err
	}
	what := fmt.Sprintf("entry of %.40q not used", key)
	if _, known := r.notes[what]; !known && len(r.notes) >= maxOthers {
		what = "entry of another list not used"
	}
	r.notes[what] += n
	return nil
}

// maxDepth is how deep values may be nested.
const maxDepth = 100

// entries reads the rest of a value that opened with a bracket, and returns how many entries it has as a list, or the lists in it as an
// object. It holds none of them.
func (r *rpkiReader) entries(d *json.Decoder, open json.Delim) (n int, err error) {
	for within := []json.Delim{open}; len(within) > 0; {
		r.window.Slide(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			return n, err
		}
		bracket, is := token.(json.Delim)
		if bracket == ']' || bracket == '}' {
			within = within[:len(within)-1]
			continue
		}
		if last := len(within) - 1; within[last] == '[' && (last == 0 || last == 1 && open == '{') {
			n++
		}
		if is {
			within = append(within, bracket)
		}
		if len(within) > maxDepth {
			return n, fmt.Errorf("values are nested deeper than %d", maxDepth)
		}
	}
	return n, nil
}

// asnText returns an AS number of the JSON forms as text.
func asnText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	return fmt.Sprint(v)
}
