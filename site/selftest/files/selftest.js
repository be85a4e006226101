// Tests the browser's own connection against the three hosts that the page names.
"use strict";

const hosts = document.getElementById("hosts").dataset;
const patience = 8000; // milliseconds that a request may take
const attemptDelay = 250; // milliseconds that a client waits for IPv6 before it tries IPv4 as well (RFC 8305)

// get fetches a file of a host. Only a response with the right content counts: a captive portal answers everything.
async function get(origin, file, right) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  const start = performance.now();
  try {
    const response = await fetch(origin + "/" + file, { signal: stop.signal, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" });
    const text = (await response.text()).trim();
    return { ok: response.ok && right(text), text, ms: performance.now() - start, slow: false };
  } catch (error) {
    return { ok: false, text: "", ms: performance.now() - start, slow: stop.signal.aborted };
  } finally {
    clearTimeout(timer);
  }
}

const small = (origin) => get(origin, "tidemark-ok.txt", (text) => text === "tidemark-ok");
// Large both ways: a request of several packets, and a response of many.
const large = (origin) => get(origin, "tidemark-large.txt?" + "x".repeat(4000), (text) => text.length === 32768);
const address = (origin) => get(origin, "tidemark-address.txt", (text) => text.length < 46 && /^[0-9a-fA-F:.]+$/.test(text));

// kind returns what an address is of, as far as its beginning says.
function kind(text) {
  const a = text.toLowerCase();
  if (!a.includes(":")) return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(a) ? "private IPv4" : /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(a) ? "IPv4 of a carrier’s NAT" : "IPv4";
  if (a.startsWith("2002:")) return "6to4";
  if (/^2001:(0{1,4})?:/.test(a)) return "Teredo";
  if (/^f[cd]/.test(a)) return "unique-local IPv6";
  return "IPv6";
}

function row(test, result, good, ms) {
  const tr = document.querySelector("#tests tbody").insertRow();
  const th = document.createElement("th");
  th.scope = "row";
  th.textContent = test;
  tr.append(th);
  const td = tr.insertCell();
  td.textContent = result;
  td.className = good === null ? "" : good ? "good" : "bad";
  const time = tr.insertCell();
  time.className = "n";
  time.textContent = ms === null ? "" : Math.round(ms) + " ms";
}

const said = (r) => (r.ok ? "works" : r.slow ? "no answer" : "fails");

// verdict returns the sentence on top and what to say to the help line.
function verdict(t) {
  const help = [];
  let word;
  if (!t.v4.ok && !t.v6.ok && !t.dual.ok) {
    return ["None of the three hosts could be reached, so nothing is known of your connection.", ["Tell whoever runs this page that its hosts do not answer."]];
  }
  if (t.v6.ok && t.v4.ok && t.dual.ok) word = "IPv6 and IPv4 both work here.";
  else if (t.v6.ok && t.v4.ok) {
    word = "Both families work alone, but a host that has both cannot be reached.";
    help.push("“Sites with both IPv4 and IPv6 do not open, sites with one of them do.”");
  } else if (t.v6.ok) {
    word = "IPv6 works here, IPv4 does not.";
    help.push("“I reach IPv6 but no IPv4. Does your network offer NAT64 with DNS64 or 464XLAT (RFC 6146, RFC 6147, RFC 6877), and is it down?”");
  } else if (t.dual.ok) {
    word = "IPv6 does not work here.";
    if (t.lost >= attemptDelay) help.push("“My device has an IPv6 address that leads nowhere, and I lose " + Math.round(t.lost) + " ms at each connection. Please repair IPv6 on my line.”");
    else help.push("“I have no IPv6. Please switch it on for my line, and tell me whether my router has to ask for a prefix with DHCPv6 (RFC 9915).”");
  } else {
    word = "IPv6 does not work here, and a host that has both families cannot be reached.";
    help.push("“I have a broken IPv6 that keeps sites with both families from opening. Please repair it or switch it off on my line.”");
  }
  for (const [family, result, message] of [["IPv6", t.large6, "ICMPv6 packet-too-big (RFC 4890)"], ["IPv4", t.large4, "ICMP fragmentation-needed (RFC 1191)"]]) {
    if (result && !result.ok) help.push("“Over " + family + ", small requests pass and large ones hang. Please let " + message + " through, or clamp the segment size of TCP on my line.”");
  }
  const by6 = t.address6.ok ? kind(t.address6.text) : "";
  if (by6 === "6to4" || by6 === "Teredo") help.push("“My IPv6 is " + by6 + ", a tunnel over relays that are being switched off. Please give me native IPv6.”");
  if (t.v6.ok && t.v4.ok && t.address.ok && !t.address.text.includes(":")) {
    word += " Your browser chose IPv4 for a host that has both.";
    help.push("“My devices prefer IPv4 although IPv6 works. Does my router announce only unique-local addresses, or is IPv6 slower than IPv4 on my line?”");
  }
  return [word, help];
}

async function run() {
  document.getElementById("verdict").hidden = false;
  document.getElementById("tests").hidden = false;
  const t = {};
  [t.v4, t.v6, t.dual] = await Promise.all([small(hosts.v4), small(hosts.v6), small(hosts.dual)]);
  [t.large4, t.large6, t.address, t.address6] = await Promise.all([t.v4.ok ? large(hosts.v4) : null, t.v6.ok ? large(hosts.v6) : null, address(hosts.dual), address(hosts.v6)]);
  const quickest = Math.min(...[t.v4, t.v6].filter((r) => r.ok).map((r) => r.ms));
  t.lost = t.dual.ok && Number.isFinite(quickest) ? Math.max(0, t.dual.ms - quickest) : 0;
  row("A host with IPv4 alone", said(t.v4), t.v4.ok, t.v4.ok ? t.v4.ms : null);
  row("A host with IPv6 alone", said(t.v6), t.v6.ok, t.v6.ok ? t.v6.ms : null);
  row("A host with both", said(t.dual), t.dual.ok, t.dual.ok ? t.dual.ms : null);
  row("Lost at a host with both (Happy Eyeballs, RFC 8305)", !t.dual.ok || !Number.isFinite(quickest) ? "not tested" : t.lost < attemptDelay ? "little" : "IPv6 is waited for", !t.dual.ok || !Number.isFinite(quickest) ? null : t.lost < attemptDelay, t.dual.ok && Number.isFinite(quickest) ? t.lost : null);
  row("Large request and response over IPv4", t.large4 ? said(t.large4) : "not tested", t.large4 ? t.large4.ok : null, t.large4 && t.large4.ok ? t.large4.ms : null);
  row("Large request and response over IPv6", t.large6 ? said(t.large6) : "not tested", t.large6 ? t.large6.ok : null, t.large6 && t.large6.ok ? t.large6.ms : null);
  row("Chosen for a host with both", t.address.ok ? kind(t.address.text) + ", from " + t.address.text : "the host does not say", null, null);
  row("Your IPv6 address", t.address6.ok ? kind(t.address6.text) + ", " + t.address6.text : t.v6.ok ? "the host does not say" : "none that works", null, null);
  const [word, help] = verdict(t);
  document.getElementById("verdict").textContent = word;
  const list = document.querySelector("#help ul");
  for (const text of help) {
    const li = document.createElement("li");
    li.textContent = text;
    list.append(li);
  }
  document.getElementById("help").hidden = help.length === 0;
  document.body.dataset.done = "yes";
}

run();
