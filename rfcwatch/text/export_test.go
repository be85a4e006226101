package text

// Archived is archived, for the tests of the exported names.
var Archived = archived
