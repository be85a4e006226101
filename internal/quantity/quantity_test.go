package quantity

import (
	"math"
	"strings"
	"testing"
)

func TestGroup(t *testing.T) {
	for number, want := range map[string]string{
		"0": "0", "999": "999", "1000": "1,000", "-12": "-12", "-1234567": "-1,234,567", "1234.5678": "1,234.5678", "-0": "-0", "": "",
	} {
		if got := Group(number); got != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
	if got := Count(int64(-1000000)); got != "-1,000,000" {
		t.Errorf("count: %s", got)
	}
}

func TestFixed(t *testing.T) {
	for _, test := range []struct {
		v      float64
		digits int
		want   string
	}{
		{0, 1, "0.0"}, {0, 0, "0"}, {math.Copysign(0, -1), 1, "0.0"}, {1234.56, 1, "1,234.6"}, {0.05, 1, "0.1"}, {0.04, 1, "0.040"}, {-0.04, 1, "-0.040"}, {0.3, 0, "0.30"},
		{0.5, 0, "0.50"}, {1.2e-5, 4, "0.000012"}, {0.00996, 1, "0.0100"}, {9.99e-5, 1, "0.000100"}, {2e-9, 1, "0.0000000020"}, {2e-10, 1, "2e-10"}, {5e-324, 1, "4.9e-324"}, {-2e-12, 0, "-2e-12"},
	} {
		if got := Fixed(test.v, test.digits); got != test.want {
			t.Errorf("%v with %d digits: %s, want %s", test.v, test.digits, got, test.want)
		}
		if zero := strings.Trim(Fixed(test.v, test.digits), "-0.") == ""; zero != (test.v == 0) {
			t.Errorf("%v is written as zero: %v", test.v, zero)
		}
	}
	for share, want := range map[float64]string{0: "0 %", 1: "100 %", 1 - 1e-13: "100 %", 0.9994: "99.9 %", 0.9996: "99.96 %", 0.99998: "99.998 %", 1.0001: "100.01 %", 0.12345: "12.3 %", 0.0005: "0.1 %", 0.00049: "0.049 %", -0.25: "-25.0 %", 1.2e-7: "0.000012 %", 12.5: "1,250.0 %"} {
		if got := Percent(share); got != want {
			t.Errorf("%v: %s, want %s", share, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64][2]string{
		0: {"0 B", "0 B"}, 999: {"999 B", "999 B"}, 1000: {"1.0 kB", "1.0 kB"}, 82_854_982: {"82.9 MB", "83 MB"},
		1_234_000_000: {"1.2 GB", "1.2 GB"}, 5_000_000_000_000: {"5000.0 GB", "5.0 TB"},
	} {
		if got := Bytes(n); got != want[0] {
			t.Errorf("%d: %s, want %s", n, got, want[0])
		}
		if got := ShortBytes(n); got != want[1] {
			t.Errorf("%d, short: %s, want %s", n, got, want[1])
		}
	}
}
