package replica

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// listing is the page of a folder, in the layout of the archive that has it.
type listing struct {
	host, folder string
	files        []listedFile
}

type listedFile struct {
	name string
	at   time.Time
	size int64
}

// write writes the page and those of the folders above it. nginx serves them as files, so that they have validators: a
// page is as old as its newest entry, and its parents change when a month begins.
func (l *listing) write(root string) error {
	slices.SortFunc(l.files, func(a, b listedFile) int { return cmp.Compare(a.name, b.name) })
	newest := beginning
	for _, f := range l.files {
		if f.at.After(newest) {
			newest = f.at
		}
	}
	if err := place(filepath.Join(root, filepath.FromSlash(l.folder), "index.html"), []byte(l.page()), newest); err != nil {
		return err
	}
	for folder := path.Dir(l.folder); folder != "/"; folder = path.Dir(folder) {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(folder)))
		if err != nil {
			return err
		}
		above, newest := &listing{host: l.host, folder: folder}, beginning
		for _, e := range entries {
			if !e.IsDir() {
				continue
			}
			at := beginning
			if month, err := time.Parse("2006.01", e.Name()); err == nil {
				at = month
			}
			if at.After(newest) {
				newest = at
			}
			above.files = append(above.files, listedFile{name: e.Name() + "/", at: at, size: -1})
		}
		if err := place(filepath.Join(root, filepath.FromSlash(folder), "index.html"), []byte(above.page()), newest); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) page() string {
	switch {
	case l.host == RouteViews:
		return l.apacheTable(true)
	case strings.HasPrefix(l.folder, "/rrc00"):
		return l.apacheTable(false)
	case strings.HasPrefix(l.folder, "/rrc03"):
		return l.apachePre()
	}
	return l.nginx()
}

// short returns a size as Apache shows it.
func short(size int64) string {
	if size < 0 {
		return "-"
	}
	units := []string{"", "K", "M", "G", "T"}
	f, u := float64(size), 0
	for f >= 1024 && u < len(units)-1 {
		f, u = f/1024, u+1
	}
	if u > 0 && f < 10 {
		return fmt.Sprintf("%.1f%s", f, units[u])
	}
	return fmt.Sprintf("%.0f%s", f, units[u])
}

// cut shortens a link's text as Apache and nginx do; the link itself stays complete.
func cut(name string, width int) string {
	if len(name) > width {
		return name[:width-3] + "..&gt;"
	}
	return name
}

// apacheTable writes mod_autoindex with FancyIndexing and HTMLTable: with icons, which RouteViews uses, or without and with whole
// names, which RIS uses.
func (l *listing) apacheTable(icons bool) string {
	var b strings.Builder
	folder := strings.TrimSuffix(l.folder, "/")
	icon := func(name, alt string) string {
		if !icons {
			return "&nbsp;"
		}
		return fmt.Sprintf(`<img src="/icons/%s.gif" alt="[%s]">`, name, alt)
	}
	sort, width, after := "A", 1<<10, ""
	if icons {
		sort, width, after = "D", 23, "       "
	}
	fmt.Fprintf(&b, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html>
 <head>
  <title>Index of %[1]s</title>
 </head>
 <body>
<h1>Index of %[1]s</h1>
  <table>
   <tr><th valign="top">%[2]s</th><th><a href="?C=N;O=%[3]s">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th><th><a href="?C=D;O=A">Description</a></th></tr>
   <tr><th colspan="5"><hr></th></tr>
<tr><td valign="top">%[4]s</td><td><a href="%[5]s">Parent Directory</a>%[6]s</td><td>&nbsp;</td><td align="right">  - </td><td>&nbsp;</td></tr>
`, folder, icon("blank", "ICO"), sort, icon("back", "PARENTDIR"), strings.TrimSuffix(path.Dir(folder), "/")+"/", after)
	for _, f := range l.files {
		image := icon("unknown", "   ")
		if f.size < 0 {
			image = icon("folder", "DIR")
		}
		fmt.Fprintf(&b, "<tr><td valign=\"top\">%s</td><td><a href=\"%s\">%s</a></td><td align=\"right\">%s  </td><td align=\"right\">%s</td><td>&nbsp;</td></tr>\n",
			image, f.name, cut(f.name, width), f.at.Format("2006-01-02 15:04"), apacheSize(f.size))
	}
	b.WriteString("   <tr><th colspan=\"5\"><hr></th></tr>\n</table>\n</body></html>\n")
	return b.String()
}

// apacheSize returns a size in the four characters that Apache has for it.
func apacheSize(size int64) string {
	if s := short(size); s[len(s)-1] > '9' {
		return fmt.Sprintf("%4s", s)
	}
	return fmt.Sprintf("%3s ", short(size))
}

// apachePre writes mod_autoindex with FancyIndexing alone, which RIS used.
func (l *listing) apachePre() string {
	var b strings.Builder
	folder := strings.TrimSuffix(l.folder, "/")
	fmt.Fprintf(&b, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html>
 <head>
  <title>Index of %[1]s</title>
 </head>
 <body>
<h1>Index of %[1]s</h1>
<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>                    <a href="?C=M;O=A">Last modified</a>      <a href="?C=S;O=A">Size</a>  <a href="?C=D;O=A">Description</a><hr><img src="/icons/back.gif" alt="[DIR]"> <a href="%[2]s">Parent Directory</a>                             -   
`, folder, strings.TrimSuffix(path.Dir(folder), "/")+"/")
	for _, f := range l.files {
		fmt.Fprintf(&b, "<img src=\"/icons/compressed.gif\" alt=\"[   ]\"> <a href=\"%s\">%s</a>%*s %s %4s  \n",
			f.name, cut(f.name, 23), max(0, 23-len(f.name)), "", f.at.Format("02-Jan-2006 15:04"), short(f.size))
	}
	b.WriteString("<hr></pre>\n</body></html>\n")
	return b.String()
}

// nginx writes nginx's autoindex with rounded sizes, which RIS used for its oldest folders.
func (l *listing) nginx() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<html>\n<head><title>Index of %[1]s/</title></head>\n<body bgcolor=\"white\">\n<h1>Index of %[1]s/</h1><hr><pre><a href=\"../\">../</a>\n", strings.TrimSuffix(l.folder, "/"))
	for _, f := range l.files {
		fmt.Fprintf(&b, "<a href=\"%s\">%s</a>%*s %s %7s\n", f.name, cut(f.name, 50), max(0, 50-len(f.name)), "", f.at.Format("02-Jan-2006 15:04"), short(f.size))
	}
	b.WriteString("</pre><hr></body>\n</html>\n")
	return b.String()
}
