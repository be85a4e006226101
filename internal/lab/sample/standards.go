package sample

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// standard is a real RFC: its index entry and the relations that it states itself.
type standard struct {
	number             int
	title, authors     string
	year               int
	month              time.Month
	status             string
	obsoletes, updates []int
	also               string
}

// standards are facts of the RFC index, in ascending order.
var standards = []standard{
	{1771, "A Border Gateway Protocol 4 (BGP-4)", "Y. Rekhter, T. Li", 1995, 3, "DRAFT STANDARD", []int{1654}, nil, ""},
	{1918, "Address Allocation for Private Internets", "Y. Rekhter, B. Moskowitz, D. Karrenberg, G. J. de Groot, E. Lear", 1996, 2, "BEST CURRENT PRACTICE", []int{1627, 1597}, nil, "BCP5"},
	{2460, "Internet Protocol, Version 6 (IPv6) Specification", "S. Deering, R. Hinden", 1998, 12, "DRAFT STANDARD", []int{1883}, nil, ""},
	{3484, "Default Address Selection for Internet Protocol version 6 (IPv6)", "R. Draves", 2003, 2, "PROPOSED STANDARD", nil, nil, ""},
	{4271, "A Border Gateway Protocol 4 (BGP-4)", "Y. Rekhter, Ed., T. Li, Ed., S. Hares, Ed.", 2006, 1, "DRAFT STANDARD", []int{1771}, nil, ""},
	{4291, "IP Version 6 Addressing Architecture", "R. Hinden, S. Deering", 2006, 2, "DRAFT STANDARD", []int{3513}, nil, ""},
	{4760, "Multiprotocol Extensions for BGP-4", "T. Bates, R. Chandra, D. Katz, Y. Rekhter", 2007, 1, "DRAFT STANDARD", []int{2858}, nil, ""},
	{5398, "Autonomous System (AS) Number Reservation for Documentation Use", "G. Huston", 2008, 12, "INFORMATIONAL", nil, nil, ""},
	{5735, "Special Use IPv4 Addresses", "M. Cotton, L. Vegoda", 2010, 1, "BEST CURRENT PRACTICE", []int{3330}, nil, ""},
	{6052, "IPv6 Addressing of IPv4/IPv6 Translators", "C. Bao, C. Huitema, M. Bagnulo, M. Boucadair, X. Li", 2010, 10, "PROPOSED STANDARD", nil, []int{4291}, ""},
	{6146, "Stateful NAT64: Network Address and Protocol Translation from IPv6 Clients to IPv4 Servers", "M. Bagnulo, P. Matthews, I. van Beijnum", 2011, 4, "PROPOSED STANDARD", nil, nil, ""},
	{6147, "DNS64: DNS Extensions for Network Address Translation from IPv6 Clients to IPv4 Servers", "M. Bagnulo, A. Sullivan, P. Matthews, I. van Beijnum", 2011, 4, "PROPOSED STANDARD", nil, nil, ""},
	{6396, "Multi-Threaded Routing Toolkit (MRT) Routing Information Export Format", "L. Blunk, M. Karir, C. Labovitz", 2011, 10, "PROPOSED STANDARD", nil, nil, ""},
	{6555, "Happy Eyeballs: Success with Dual-Stack Hosts", "D. Wing, A. Yourtchenko", 2012, 4, "PROPOSED STANDARD", nil, nil, ""},
	{6598, "IANA-Reserved IPv4 Prefix for Shared Address Space", "J. Weil, V. Kuarsingh, C. Donley, C. Liljenstolpe, M. Azinger", 2012, 4, "BEST CURRENT PRACTICE", nil, []int{5735}, "BCP153"},
	{6724, "Default Address Selection for Internet Protocol Version 6 (IPv6)", "D. Thaler, Ed., R. Draves, A. Matsumoto, T. Chown", 2012, 9, "PROPOSED STANDARD", []int{3484}, nil, ""},
	{6811, "BGP Prefix Origin Validation", "P. Mohapatra, J. Scudder, D. Ward, R. Bush, R. Austein", 2013, 1, "PROPOSED STANDARD", nil, nil, ""},
	{6877, "464XLAT: Combination of Stateful and Stateless Translation", "M. Mawatari, M. Kawashima, C. Byrne", 2013, 4, "INFORMATIONAL", nil, nil, ""},
	{6890, "Special-Purpose IP Address Registries", "M. Cotton, L. Vegoda, R. Bonica, Ed., B. Haberman", 2013, 4, "BEST CURRENT PRACTICE", []int{4773, 5156, 5735, 5736}, nil, "BCP153"},
	{7050, "Discovery of the IPv6 Prefix Used for IPv6 Address Synthesis", "T. Savolainen, J. Korhonen, D. Wing", 2013, 11, "PROPOSED STANDARD", nil, nil, ""},
	{7606, "Revised Error Handling for BGP UPDATE Messages", "E. Chen, Ed., J. Scudder, Ed., P. Mohapatra, K. Patel", 2015, 8, "PROPOSED STANDARD", nil, []int{1997, 4271, 4360, 4456, 4760, 5543, 5701, 6368}, ""},
	{8050, "Multi-Threaded Routing Toolkit (MRT) Routing Information Export Format with BGP Additional Path Extensions", "C. Petrie, T. King", 2017, 5, "PROPOSED STANDARD", nil, nil, ""},
	{8190, "Updates to the Special-Purpose IP Address Registries", "R. Bonica, M. Cotton, B. Haberman, L. Vegoda", 2017, 6, "BEST CURRENT PRACTICE", nil, []int{6890}, "BCP153"},
	{8200, "Internet Protocol, Version 6 (IPv6) Specification", "S. Deering, R. Hinden", 2017, 7, "INTERNET STANDARD", []int{2460}, nil, "STD86"},
	{8212, "Default External BGP (EBGP) Route Propagation Behavior without Policies", "J. Mauch, J. Snijders, G. Hankins", 2017, 7, "PROPOSED STANDARD", nil, []int{4271}, ""},
	{8215, "Local-Use IPv4/IPv6 Translation Prefix", "T. Anderson", 2017, 8, "PROPOSED STANDARD", nil, nil, ""},
	{8305, "Happy Eyeballs Version 2: Better Connectivity Using Concurrency", "D. Schinazi, T. Pauly", 2017, 12, "PROPOSED STANDARD", []int{6555}, nil, ""},
	{8781, "Discovering PREF64 in Router Advertisements", "L. Colitti, J. Linkova", 2020, 4, "PROPOSED STANDARD", nil, nil, ""},
	{8880, "Special Use Domain Name 'ipv4only.arpa'", "S. Cheshire, D. Schinazi", 2020, 8, "PROPOSED STANDARD", nil, []int{7050}, ""},
	{8950, "Advertising IPv4 Network Layer Reachability Information (NLRI) with an IPv6 Next Hop", "S. Litkowski, S. Agrawal, K. Ananthamurthy, K. Patel", 2020, 11, "PROPOSED STANDARD", []int{5549}, nil, ""},
}

// indexForm returns the format of the snapshot of a year: the text index at first, XML later.
func indexForm(year int) string {
	if year < 2020 {
		return "txt"
	}
	return "xml"
}

// index returns the RFC index of a day, with those of the sample's standards that had been published.
func index(at time.Time) []byte {
	var out []standard
	for _, s := range standards {
		if time.Date(s.year, s.month, 28, 0, 0, 0, 0, time.UTC).Before(at) {
			out = append(out, s)
		}
	}
	if indexForm(at.Year()) == "txt" {
		return indexText(at, out)
	}
	return indexXML(out)
}

// reverse returns the published documents whose list names the number.
func reverse(published []standard, number int, list func(standard) []int) (numbers []int) {
	for _, s := range published {
		if slices.Contains(list(s), number) {
			numbers = append(numbers, s.number)
		}
	}
	return numbers
}

func obsoletes(s standard) []int { return s.obsoletes }
func updates(s standard) []int   { return s.updates }

func indexText(at time.Time, published []standard) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n\n                             RFC INDEX\n                           -------------\n\n(CREATED ON: %s.)\n\nThis file contains citations for the sample's RFCs in numeric order.\n\n%s\n\n                                RFC INDEX\n                                ---------\n\n\n\n", at.Format("01/02/2006"), strings.Repeat("~", 79))
	for _, s := range published {
		text := fmt.Sprintf("%04d %s. %s. %s %d. (Format: TXT, HTML)", s.number, s.title, s.authors, s.month, s.year)
		for _, r := range []struct {
			name    string
			numbers []int
		}{
			{"Obsoletes", s.obsoletes}, {"Obsoleted by", reverse(published, s.number, obsoletes)}, {"Updates", s.updates},
			{"Updated by", reverse(published, s.number, updates)},
		} {
			if len(r.numbers) > 0 {
				var names []string
				for _, n := range r.numbers {
					names = append(names, fmt.Sprintf("RFC%04d", n))
				}
				text += fmt.Sprintf(" (%s %s)", r.name, strings.Join(names, ", "))
			}
		}
		if s.also != "" {
			text += fmt.Sprintf(" (Also %s%04s)", s.also[:3], s.also[3:])
		}
		text += fmt.Sprintf(" (Status: %s) (DOI: 10.17487/RFC%04d)", s.status, s.number)
		line := ""
		for word := range strings.FieldsSeq(text) {
			if len(line)+1+len(word) > 73 {
				b.WriteString(line + "\n")
				line = "    "
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		b.WriteString(line + "\n\n")
	}
	return b.Bytes()
}

type xmlAuthor struct {
	Name  string `xml:"name"`
	Title string `xml:"title,omitempty"`
}

type xmlIDs struct {
	IDs []string `xml:"doc-id"`
}

type xmlEntry struct {
	XMLName           xml.Name    `xml:"rfc-entry"`
	ID                string      `xml:"doc-id"`
	Title             string      `xml:"title"`
	Authors           []xmlAuthor `xml:"author"`
	Month             string      `xml:"date>month"`
	Year              int         `xml:"date>year"`
	Formats           []string    `xml:"format>file-format"`
	Obsoletes         *xmlIDs     `xml:"obsoletes"`
	ObsoletedBy       *xmlIDs     `xml:"obsoleted-by"`
	Updates           *xmlIDs     `xml:"updates"`
	UpdatedBy         *xmlIDs     `xml:"updated-by"`
	IsAlso            *xmlIDs     `xml:"is-also"`
	CurrentStatus     string      `xml:"current-status"`
	PublicationStatus string      `xml:"publication-status"`
	Stream            string      `xml:"stream"`
	DOI               string      `xml:"doi"`
}

func indexXML(published []standard) []byte {
	ids := func(numbers []int) *xmlIDs {
		if len(numbers) == 0 {
			return nil
		}
		list := &xmlIDs{}
		for _, n := range numbers {
			list.IDs = append(list.IDs, fmt.Sprintf("RFC%d", n))
		}
		return list
	}
	doc := struct {
		XMLName xml.Name `xml:"https://www.rfc-editor.org/rfc-index rfc-index"`
		Entries []xmlEntry
	}{}
	for _, s := range published {
		e := xmlEntry{
			ID: fmt.Sprintf("RFC%d", s.number), Title: s.title, Month: s.month.String(), Year: s.year, Formats: []string{"TXT", "HTML"},
			Obsoletes: ids(s.obsoletes), ObsoletedBy: ids(reverse(published, s.number, obsoletes)), Updates: ids(s.updates),
			UpdatedBy: ids(reverse(published, s.number, updates)), CurrentStatus: s.status, PublicationStatus: s.status,
			Stream: "IETF", DOI: fmt.Sprintf("10.17487/RFC%04d", s.number),
		}
		if s.also != "" {
			e.IsAlso = &xmlIDs{[]string{s.also}}
		}
		for name := range strings.SplitSeq(s.authors, ", ") {
			if name == "Ed." {
				e.Authors[len(e.Authors)-1].Title = "Editor"
				continue
			}
			e.Authors = append(e.Authors, xmlAuthor{Name: name})
		}
		doc.Entries = append(doc.Entries, e)
	}
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append([]byte(xml.Header), append(b, '\n')...)
}
