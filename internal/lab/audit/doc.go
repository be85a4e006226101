// Package audit holds tests that make whole sites, of the sample and of real files, and read them as their users do: a second
// accountant, notebooks, Parquet readers of other languages, the SQL page in a browser.
package audit
