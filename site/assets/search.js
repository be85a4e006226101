// Finds RFCs by the words that are typed, in what titles.js holds: number, title, status, year, keywords.
"use strict";
(() => {
  const form = document.getElementById("search");
  const field = document.getElementById("words");
  const said = document.getElementById("found");
  const body = document.getElementById("hits");
  const all = (window.rfcTitles || []).map(([number, title, status, year, keywords]) =>
    ({ number, title, status, year, text: (`rfc${number} rfc ${number} ${title} ${status} ${year} ${keywords}`).toLowerCase() }));
  const most = 200;
  form.hidden = false;
  const cell = (text, href) => {
    const td = document.createElement("td");
    td.dir = "auto";
    if (href) {
      const a = document.createElement("a");
      a.href = href;
      a.textContent = text;
      td.append(a);
    } else {
      td.textContent = text;
    }
    return td;
  };
  const watched = new Set((body.dataset.watched || "").split(" "));
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    body.closest(".scroll").hidden = !words.length;
    if (!words.length) {
      said.textContent = "";
      body.replaceChildren();
      return;
    }
    const title = (d) => words.filter((w) => d.title.toLowerCase().includes(w)).length;
    const hits = all.filter((d) => words.every((w) => d.text.includes(w))).sort((a, b) => title(b) - title(a) || b.number - a.number);
    said.textContent = `${hits.length} found` + (hits.length > most ? `, the first ${most} shown` : "");
    body.replaceChildren(...hits.slice(0, most).map((d) => {
      const tr = document.createElement("tr");
      const href = watched.has(String(d.number)) ? `rfc${d.number}.html` : `https://www.rfc-editor.org/info/rfc${d.number}`;
      tr.append(cell(`RFC ${d.number}`, href), cell(d.title), cell(d.status), cell(d.year ? String(d.year) : ""));
      return tr;
    }));
    history.replaceState(null, "", words.length ? "#" + encodeURIComponent(field.value) : location.pathname);
  };
  field.addEventListener("input", search);
  form.addEventListener("submit", (e) => { e.preventDefault(); search(); });
  if (location.hash.length > 1) {
    try { field.value = decodeURIComponent(location.hash.slice(1)); } catch { /* not ours */ }
    search();
  }
})();
