// The behaviour of every page: what is folded, and the search in the header. The pages are complete without it.
(() => {
  "use strict";

  // What an address leads to is unfolded.
  function unfold() {
    const target = document.querySelector(":target");
    const folded = target && target.closest("details:not([open])");
    if (!folded) return;
    for (let e = folded; e; e = e.parentElement && e.parentElement.closest("details")) e.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();

  // Search. The index is loaded when a search field gets the focus. It is a script, because a page that is opened from
  // disk may load scripts but not JSON.

  const indexes = new Map();
  function load(url) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = done;
      script.onerror = () => failed(new Error("cannot load " + url));
      document.head.append(script);
    });
  }

  function loadIndex(form) {
    const urls = form.dataset.index;
    if (!indexes.has(urls)) indexes.set(urls, Promise.all(urls.split(" ").map(load)).then(() => {
      const root = form.dataset.root;
      const all = (window.searchIndex || []).map(([kind, title, path, words]) =>
        ({ kind, title, words, path, note: kind, href: root + path, head: title.toLowerCase(), text: (title + " " + kind + " " + words).toLowerCase() }));
      const listed = new Set(all.map((d) => d.path));
      for (const [number, title, status, year, keywords] of urls.includes("titles.js") ? window.rfcTitles || [] : []) {
        const name = "RFC " + number;
        const path = "rfc/" + number + ".html";
        if (listed.has(path)) continue;
        const note = [status, year || ""].filter(Boolean).join(", ");
        all.push({
          kind: "Standard", title: name + ": " + title, note, path, href: root + path, head: (name + " " + title).toLowerCase(),
          text: ("rfc" + number + " " + name + " " + title + " " + status + " " + year + " " + keywords).toLowerCase(),
        });
      }
      return all;
    }));
    return indexes.get(urls);
  }

  // find ranks by where the words occur: at the start of the title, in the title, elsewhere; pages of this site come first.
  function find(all, typed, only) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const whole = words.join(" ");
    const score = (d) => {
      let sum = d.outside ? 0 : d.kind === "Page" ? 0.5 : 1.5;
      if (d.head.startsWith(whole)) sum += 8;
      for (const w of words) sum += d.head.split(/[^a-z0-9.:/-]+/).includes(w) ? 3 : d.head.includes(w) ? 2 : 1;
      return sum;
    };
    return all.filter((d) => (!only || d.kind === "Standard") && words.every((w) => d.text.includes(w)))
      .map((d) => [score(d), d]).sort((a, b) => b[0] - a[0]).map(([, d]) => d);
  }

  function entry(d) {
    const a = document.createElement("a");
    const small = document.createElement("small");
    a.href = d.href;
    if (d.outside) a.rel = "external";
    a.dir = "auto";
    a.textContent = d.title;
    small.textContent = d.note;
    a.append(small);
    return a;
  }

  const header = document.querySelector("form.find");
  if (header && header.dataset.index) {
    const field = header.querySelector("input");
    const list = document.createElement("ul");
    list.className = "hits";
    list.id = "hits";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Search results");
    header.append(list);
    const said = document.createElement("span");
    said.className = "unseen";
    said.setAttribute("role", "status");
    header.append(said);
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "hits"], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);
    let at = -1;
    const choose = (i) => {
      at = i;
      [...list.children].forEach((li, n) => li.setAttribute("aria-selected", String(n === at)));
      if (at >= 0) field.setAttribute("aria-activedescendant", list.children[at].id);
      else field.removeAttribute("aria-activedescendant");
    };
    const close = () => {
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      choose(-1);
    };
    const search = async () => {
      const typed = field.value;
      let hits;
      try {
        const all = await loadIndex(header);
        hits = await window.resolve(typed, all, find, header.dataset.root);
      } catch (e) {
        said.textContent = "The search failed: " + e.message;
        return;
      }
      if (typed !== field.value) return;
      list.replaceChildren(...hits.slice(0, 8).map((d, i) => {
        const li = document.createElement("li");
        li.id = "hit-" + i;
        li.setAttribute("role", "option");
        li.dir = "auto";
        li.dataset.href = d.href;
        const small = document.createElement("small");
        small.textContent = d.note;
        li.append(d.title, small);
        li.addEventListener("mousedown", (e) => e.preventDefault()); // the field keeps the focus
        li.addEventListener("click", () => { location.href = d.href; });
        return li;
      }));
      choose(-1);
      list.hidden = !hits.length;
      field.setAttribute("aria-expanded", String(hits.length > 0));
      said.textContent = typed.trim() ? (hits.length === 1 ? "1 result" : hits.length + " results") : "";
    };
    field.addEventListener("focus", () => loadIndex(header).catch(() => {}));
    field.addEventListener("input", search);
    field.addEventListener("keydown", (e) => {
      const n = list.children.length;
      if (e.key === "Escape") close();
      else if (!list.hidden && n && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
        e.preventDefault();
        choose(e.key === "ArrowDown" ? (at + 1) % n : (at + n + (at < 0 ? 0 : -1)) % n);
      }
    });
    header.addEventListener("submit", (e) => {
      if (at < 0) return;
      e.preventDefault();
      list.children[at].click();
    });
    header.addEventListener("focusout", (e) => { if (!header.contains(e.relatedTarget)) close(); });
    document.addEventListener("keydown", (e) => {
      if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.altKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && !document.activeElement.isContentEditable) {
        e.preventDefault();
        field.focus();
      }
    });
  }

  // The search page shows all results.
  const big = document.querySelector("form.big");
  if (big) {
    const field = big.querySelector("input");
    const list = document.getElementById("found");
    const said = document.getElementById("found-note");
    const most = 200;
    const only = big.dataset.only;
    const search = async () => {
      const typed = field.value;
      let hits;
      try {
        const all = await loadIndex(big);
        hits = only ? find(all, typed, only) : await window.resolve(typed, all, find, big.dataset.root);
      } catch (e) {
        said.textContent = "The search failed: " + e.message;
        return;
      }
      if (typed !== field.value) return;
      said.textContent = !typed.trim() ? "" : `${hits.length} found` + (hits.length > most ? `, the first ${most} shown` : "");
      list.replaceChildren(...hits.slice(0, most).map((d) => {
        const li = document.createElement("li");
        li.append(entry(d));
        return li;
      }));
      history.replaceState(null, "", typed.trim() ? "?" + new URLSearchParams({ q: typed }) : location.pathname);
    };
    big.hidden = false;
    big.addEventListener("submit", (e) => { e.preventDefault(); search(); });
    field.addEventListener("input", search);
    field.value = new URLSearchParams(location.search).get("q") || "";
    if (field.value) search();
  }
})();
