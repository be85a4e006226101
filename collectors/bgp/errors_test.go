package bgp

import (
	"slices"
	"strings"
	"testing"
)

// TestHandling makes each error of the table and asks for what is prescribed, on sessions with other ASes and inside an AS.
func TestHandling(t *testing.T) {
	usual := segs(attr(1, 0), attr(2, seg4(asSequence, 9)...), attr(3, 192, 0, 2, 1))
	without := func(kind byte) (b []byte) {
		for a, err := range Split(usual) {
			if err == nil && a.Type != AttributeType(kind) {
				b = append(b, attr(byte(a.Type), a.Value...)...)
			}
		}
		return b
	}
	nlri := []byte{8, 10}
	for _, c := range []struct {
		problem            string
		attributes, nlri   []byte
		external, internal Handling
	}{
		{"", usual, nlri, Accept, Accept},
		{"malformed ORIGIN", segs(without(1), attr(1, 3)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed AS_PATH", segs(without(2), attr(2, 5, 1)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed NEXT_HOP", segs(without(3), attr(3, 1)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed MULTI_EXIT_DISC", segs(usual, attr(4, 1)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed LOCAL_PREF", segs(usual, attr(5, 1)), nlri, AttributeDiscard, TreatAsWithdraw},
		{"malformed ATOMIC_AGGREGATE", segs(usual, attr(6, 1)), nlri, AttributeDiscard, AttributeDiscard},
		{"malformed AGGREGATOR", segs(usual, attr(7, 1)), nlri, AttributeDiscard, AttributeDiscard},
		{"malformed COMMUNITIES", segs(usual, attr(8)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed ORIGINATOR_ID", segs(usual, attr(9, 1)), nlri, AttributeDiscard, TreatAsWithdraw},
		{"malformed CLUSTER_LIST", segs(usual, attr(10)), nlri, AttributeDiscard, TreatAsWithdraw},
		{"malformed MP_REACH_NLRI", segs(usual, attr(14, 0, 2, 1, 5, 1, 2, 3, 4, 5, 0)), nlri, SessionReset, SessionReset},
		{"malformed MP_UNREACH_NLRI", segs(usual, attr(15, 0)), nlri, SessionReset, SessionReset},
		{"malformed EXTENDED COMMUNITIES", segs(usual, attr(16, 1)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed AS4_AGGREGATOR", segs(usual, attr(18, 1)), nlri, AttributeDiscard, AttributeDiscard},
		{"malformed LARGE_COMMUNITY", segs(usual, attr(32)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"malformed OTC", segs(usual, attr(35, 1)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"repeated ORIGIN", segs(usual, attr(1, 0)), nlri, AttributeDiscard, AttributeDiscard},
		{"repeated MP_UNREACH_NLRI", segs(usual, attr(15, 0, 1, 1), attr(15, 0, 1, 1)), nlri, SessionReset, SessionReset},
		{"missing ORIGIN", without(1), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"missing AS_PATH", without(2), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"missing NEXT_HOP", without(3), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"", without(3), nil, Accept, Accept},
		{"wrong flags of ORIGIN", segs(without(1), []byte{0x80, 1, 1, 0}), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"AS 0 in AS_PATH", segs(without(2), attr(2, seg4(asSequence, 9, 0)...)), nlri, TreatAsWithdraw, TreatAsWithdraw},
		{"AS 0 in AGGREGATOR", segs(usual, attr(7, 0, 0, 0, 0, 192, 0, 2, 1)), nlri, AttributeDiscard, AttributeDiscard},
		{"COMMUNITIES beyond the path attributes", segs(usual, []byte{0xc0, 8, 9, 1}), nlri, TreatAsWithdraw, TreatAsWithdraw},
	} {
		var a Attributes
		a.DecodeUpdate(&Update{Attributes: c.attributes, NLRI: c.nlri}, four)
		var texts []string
		for _, p := range a.Problems() {
			texts = append(texts, p.String())
		}
		if strings.Join(texts, "; ") != c.problem || a.Handling(false) != c.external || a.Handling(true) != c.internal {
			t.Errorf("%s: problems %q, %q and inside an AS %q", c.problem, texts, a.Handling(false), a.Handling(true))
		}
	}
	for kind, of := range malformedHandling { // no attribute of the table is without its document
		if !strings.HasPrefix(of.document, "RFC ") || !slices.Contains(names[:], kind.String()) {
			t.Errorf("%s: %q", kind, of.document)
		}
	}
}
