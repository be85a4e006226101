package quantity

import "testing"

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
