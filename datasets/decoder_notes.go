package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// DecoderNote is a kind of finding that decoders counted in a source file.
type DecoderNote struct {
	Dataset     string    `col:"dataset" doc:"dataset into which the source file was decoded"`
	Partition   string    `col:"partition" doc:"partition, by its path in the store"`
	FileDate    time.Time `col:"file_date,date" doc:"day of the partition"`
	Finding     string    `col:"finding" doc:"what was found, in the decoder's words" rfc:"6396,7606"`
	Rejected    bool      `col:"rejected" doc:"the row was left out because of it; otherwise it was kept"`
	Occurrences int64     `col:"occurrences" unit:"findings" doc:"how often it was found"`
}

// DecoderNotes has one row for each kind of finding of each partition, according to the manifests.
var DecoderNotes = table.New[DecoderNote](table.Doc{
	Name: "decoder_notes", Version: 1, Derived: true, Joined: true, Partition: "a month of partitions",
	Row: "What a decoder found in a source file and rejected, or kept and noted.",
})
