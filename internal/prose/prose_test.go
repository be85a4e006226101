package prose

import "testing"

// A day is named once where sentences that follow each other are of the same one.
func TestSaidOnce(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"On 2 January 2025, 3 were left.": "On 2 January 2025, 3 were left.",
		"On 2 January 2025, 3 were left. On 2 January 2025, the rest had gone.":                                                                            "On 2 January 2025, 3 were left. The rest had gone.",
		"On 2 January 2025, 3 were left. On 3 January 2025, 2 were.":                                                                                       "On 2 January 2025, 3 were left. On 3 January 2025, 2 were.",
		"On 2 January 2025, 3 were left, after 4 on 1 January 2024. On 2 January 2025, 1 had gone.":                                                        "On 2 January 2025, 3 were left, after 4 on 1 January 2024. On 2 January 2025, 1 had gone.",
		"In 2 minutes of 1 January 2025, 3 came. On 1 January 2025, internet.nl found 5. It had 2.":                                                        "In 2 minutes of 1 January 2025, 3 came. internet.nl found 5. It had 2.",
		"In January 2025, APNIC gave 4 %. In January 2025, whynoipv6 gave 5 %. In February 2025, none did.":                                                "In January 2025, APNIC gave 4 %. whynoipv6 gave 5 %. In February 2025, none did.",
		"At sample-a 0 % had one on 2 January 2025. At sample-b 1 % had one on 2 January 2025.":                                                            "At sample-a 0 % had one on 2 January 2025. At sample-b 1 % had one.",
		"On 2 January 2025, 5 were new. On 2 January 2025, between 00:05 and 00:08 UTC, 3 were.":                                                           "On 2 January 2025, 5 were new. On 2 January 2025, between 00:05 and 00:08 UTC, 3 were.",
		"On 2 January 2025 at 08:00 UTC, 5 were new. On 2 January 2025 at 16:00 UTC, 5 were.":                                                              "On 2 January 2025 at 08:00 UTC, 5 were new. On 2 January 2025 at 16:00 UTC, 5 were.",
		"On 2 January 2025, 5 were new. The table of 2 January 2025 is that of sample-a (rib).":                                                            "On 2 January 2025, 5 were new. The table of 2 January 2025 is that of sample-a (rib).",
		"Until 1 January 2025, RFC 6052 had 2. On 1 January 2025, draft-ietf-x-02 would update RFC 6052.":                                                  "Until 1 January 2025, RFC 6052 had 2. draft-ietf-x-02 would update RFC 6052.",
		"In the 31 days to 1 May 2025, the prefix had 10. In the 31 days to 1 May 2025, the origin had 45. In the 7 days to 1 May 2025, the origin had 4.": "In the 31 days to 1 May 2025, the prefix had 10. The origin had 45. In the 7 days to 1 May 2025, the origin had 4.",
		"In the week to 1 May 2025, 13 were unstable. In the week to 1 May 2025, AS1 was. It is known. In the week to 1 May 2025, AS2 was.":                "In the week to 1 May 2025, 13 were unstable. AS1 was. It is known. In the week to 1 May 2025, AS2 was.",
		"Between 1 May 2024 and 2 May 2025, 6 stayed. Between 1 May 2024 and 2 May 2025, AS1 grew. Between 1 May 2024 and 3 May 2025, AS2 did.":            "Between 1 May 2024 and 2 May 2025, 6 stayed. AS1 grew. Between 1 May 2024 and 3 May 2025, AS2 did.",
	} {
		if got := SaidOnce(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
