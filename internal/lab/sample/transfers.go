package sample

import (
	"encoding/json"
	"fmt"
	"time"
)

// transferLogs returns the logs of transfers of the model's five registries, in the NRO's common format. A transfer between two
// registries is in the logs of both.
func transferLogs() map[string][]byte {
	type object map[string]any
	logs := map[string][]object{}
	n := networks()
	for i := 0; i < len(n); i += 4 {
		year := n[i].founded + 1 + int(float64(lastYear-n[i].founded)*lot(i, 11))
		if year >= lastYear {
			continue
		}
		from, to, country := registries[i%5], registries[i%5], countryOf(i)
		if lot(i, 12) < 0.3 {
			n := (i + 1 + int(3*lot(i, 13))) % 5
			to, country = registries[n], countryOf(n)
		}
		kind := "RESOURCE_TRANSFER"
		if from.key == to.key && lot(i, 14) < 0.4 {
			kind = "MERGER_ACQUISITION"
		}
		t := object{
			"type": kind, "transfer_date": fmt.Sprintf("%d-%02d-15T12:00:00Z", year, 1+i%12), "source_registration_date": fmt.Sprintf("%d-06-01T00:00:00Z", n[i].founded-4),
			"source_organization": object{"name": fmt.Sprintf("Former Holder %d", i), "country_code": countryOf(i)}, "source_rir": from.name,
			"recipient_organization": object{"name": fmt.Sprintf("Model Network %d", i), "country_code": country}, "recipient_rir": to.name,
		}
		set := func(ranges ...object) object { return object{"original_set": ranges, "transfer_set": ranges} }
		first := block4(i).Addr().As4()
		t["ip4nets"] = set(object{"start_address": fmt.Sprintf("%03d.%03d.%03d.000", first[0], first[1], first[2]), "end_address": fmt.Sprintf("%03d.%03d.%03d.255", first[0], first[1], first[2]+15)})
		if lot(i, 15) < 0.4 {
			t["asns"] = set(object{"start": n[i].asn, "end": n[i].asn})
		}
		logs[from.key] = append(logs[from.key], t)
		if to.key != from.key {
			logs[to.key] = append(logs[to.key], t)
		}
	}
	produced := time.Date(lastYear-1, 12, 31, 4, 0, 0, 0, time.UTC)
	files := map[string][]byte{}
	for _, r := range registries {
		b, err := json.MarshalIndent(object{
			"version":   object{"stats_version": "4.0", "producer": r.name, "production_date": produced.Format(time.RFC3339), "UTC_offset": 0},
			"transfers": logs[r.key],
		}, "", " ")
		if err != nil {
			panic(err) // plain values always marshal
		}
		files[fmt.Sprintf("transfers-%s-%s.json", r.key, produced.Format("20060102"))] = append(b, '\n')
	}
	return files
}
