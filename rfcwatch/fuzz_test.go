package rfcwatch

import (
	"bytes"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// FuzzIndex reads anything as an index, in memory.
func FuzzIndex(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte("RFC INDEX\n\n0001 Host Software. S. Crocker. Apr-07-1969. (Format: TXT=21088 bytes)\n     (Status: UNKNOWN)\n"))
	f.Add([]byte("6052 IPv6 Addressing of IPv4/IPv6 Translators. C. Bao, C. Huitema, M.\n     Bagnulo. October 2010. (Format: TXT, HTML) (Updates RFC4291) (Status:\n     PROPOSED STANDARD) (DOI: 10.17487/RFC6052)\n\n6599 Not Issued.\n"))
	f.Add([]byte("2026  BC  S. Bradner, \"The Internet Standards Process\", 10/29/1996. (Pages=36) (Format=.txt) (Obsoletes RFC1602)\n"))
	f.Add([]byte("<rfc-index><rfc-entry><doc-id>RFC1</doc-id><title>a</title><date><month>April</month><year>1969</year></date><is-also><doc-id>STD1</doc-id></is-also></rfc-entry></rfc-index>"))
	f.Add([]byte(`{"RFC0001":{"level":"std","stream":"legacy","title":"x","keywords":["a"],"obsoletes":["RFC2"]}}`))
	f.Add([]byte(`{"doc_id":"RFC1","title":"x","pub_date":"April 1969","page_count":"3","updates":["RFC2"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		x := &index{damage: func(error) {}, rejected: map[string]int{}, noted: map[string]int{}}
		if err := x.read(bytes.NewReader(b)); err != nil {
			return
		}
		if len(x.rfcs) > x.seen {
			t.Errorf("%d rows of %d entries", len(x.rfcs), x.seen)
		}
		for _, r := range x.rfcs {
			if r.Number == 0 || r.Month > 12 || r.Day > 31 {
				t.Errorf("%+v", r)
			}
		}
	})
}

// FuzzErrata reads anything as errata, in memory.
func FuzzErrata(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(`[{"errata_id":"5547","doc-id":"RFC6052","errata_status_code":"Rejected","errata_type_code":"Technical","section":"3.1","orig_text":"a\r\n","correct_text":"b","notes":"","submit_date":"2018-11-06","submitter_name":"F. B.","verifier_id":"","verifier_name":null,"update_date":"2019-09-10 16:09:03"}]`))
	f.Add([]byte(`[{"errata_id":1,"doc-id":"RFC1"},{"errata_id":"x"},{"doc-id":7}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := errataList{damage: func(error) {}, rejected: map[string]int{}}
		if err := l.read(bytes.NewReader(b)); err != nil {
			return
		}
		rejected := 0
		for _, n := range l.rejected {
			rejected += n
		}
		if l.seen != len(l.errata)+rejected {
			t.Errorf("%d seen, %d read, rejected %v", l.seen, len(l.errata), l.rejected)
		}
	})
}
