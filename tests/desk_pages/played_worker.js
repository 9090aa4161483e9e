// SPDX-License-Identifier: AGPL-3.0-or-later
// A desk's worker that opens nothing: it answers as assets/pages/desk/worker.js says, with invented cases, so that states can be looked at
// that no honest server brings about. `PLAY` is set by the test: {scene, cases, trouble: {method: code}}.

const NOW = 1_795_626_000; // Wednesday 25 November 2026, 17:00 UTC
const DAY = 86400;
const ZONE = "America/New_York";
const TITLE = "Director of Policy Planning";
const WORDS = "they hold autumn dawn rifle truth".split(" ");
const SEVEN = "arctic dream become tiny goat typical practice";
const VAULT = `-----BEGIN AGE ENCRYPTED FILE-----\n${"YWdl".repeat(16)}\n${"YWdl".repeat(8)}\n-----END AGE ENCRYPTED FILE-----\n`;
const clock = (name, state, limit, more = {}) => ({ name, title: TITLE, state, target: 0, limit, promised: limit, metAt: 0, extendedTo: 0, zone: ZONE, ...more });
const id = (n) => n.toString(16).padStart(32, "0");
const SUBJECTS = ["The northern crossing should stay open this winter", "", "اعتراض على إغلاق المعبر", "<img src=x onerror=alert(1)> & \u202egnp.exe"];

const row = (n, more = {}) => ({
  case: id(n), state: "filed", received: NOW - n * DAY, seq: 3, news: 1, clocks: [clock("ack", "running", NOW + 2 * DAY), clock("reply", "running", NOW + 60 * DAY, { target: NOW + 20 * DAY })],
  due: NOW + 2 * DAY, overdue: false, subject: SUBJECTS[n % 4], giver: "", giverTitle: "", fetches: [], ...more,
});
const ROWS = Array.from({ length: PLAY.cases ?? 6 }, (_, n) => row(n + 1, n === 3 ? {
  state: "acknowledged", overdue: true, due: NOW - 2 * DAY, clocks: [clock("ack", "met late", NOW - 20 * DAY, { metAt: NOW - 18 * DAY }), clock("reply", "overdue", NOW - 2 * DAY)], news: 0,
} : {}));
if (PLAY.scene === "elsewhere") Object.assign(ROWS[0], { fetches: [{ title: TITLE, own: true, time: NOW - DAY }] });
const listOf = (rows, complete) => ({
  now: NOW, complete, counts: { cases: rows.length, due: rows.length, overdue: rows.filter((one) => one.overdue).length },
  due: [...rows].sort((one, other) => one.due - other.due).slice(0, 20), cases: rows, faults: PLAY.scene === "lied" ? [{ code: "case-shorter", facts: { case: id(1), seq: 2, seen: 3 } }] : [],
});

const CLAIMS = ["The count was taken in the week of the strike.", "The southern road is shut by snow on eleven days.", "The sum that is saved is less than two days cost."];
const OFFICE = { seat: "custodian", title: TITLE, holder: "Ana Ruiz" };
const item = (n, type, more = {}) => ({ n, type, seat: "", title: "", holder: "", own: false, time: NOW - (30 - n) * DAY, publicTime: NOW - (30 - n) * DAY + 60, index: 100 + n, known: true, notAllowed: "", fact: "", text: "", sealed: false, fault: "", reply: null, to: "", toTitle: "", ...more });
const REPLY = {
  outcome: "in_part", text: "The department thanks the author.", signedBy: TITLE, appeal: "The Inspector General.", recommendation: { kind: "", text: "" }, answered: 1, referred: 1, declined: 1, counts: true, commitments: [{ text: "A new count", date: "2027-01-31" }],
  answers: [{ claim: 1, kind: "answered", text: "It will be repeated.", to: "", claimText: CLAIMS[0] }, { claim: 2, kind: "referred", text: "See there.", to: "the budget office", claimText: CLAIMS[1] }, { claim: 3, kind: "declined", text: "Not comparable.", to: "", claimText: CLAIMS[2] }],
};
const texts = {
  texts: true, fetched: true, subject: SUBJECTS[0], custody: "client-browser", recused: ["Undersecretary for Political Affairs"], facts: [{ question: "Which agency do you serve?", answer: "State" }, { question: "Where do you serve?", answer: "" }],
  dissent: { subject: SUBJECTS[0], text: CLAIMS.join("\n\n"), claims: CLAIMS.map((text, n) => ({ n: n + 1, text, paragraph: n + 1, marking: "" })), prompts: { recommendation: "Keep it open until April." }, language: "en", marking: "", original: "dissent.txt" },
  attachments: [{ n: 1, name: "traffic-count.csv", size: 2048, large: false }],
};
const MAY = { fetch: "", acknowledge: "", message: "", reply: "fetch-first", extend: "", countersign: "nothing-to-countersign", grant: "", readable: "not-doubted", close: "clock-runs" };
const view = {
  case: id(1), origin: "practice-example", practice: true, now: NOW, state: "filed", received: NOW - 30 * DAY, charter: { leaf: "9f".repeat(32), title: "Dissent Channel", edition: "2023", version: 1 },
  office: TITLE, today: "2026-11-25", closesAfter: 0, subject: "", clocks: [clock("ack", "running", NOW + 2 * DAY), clock("reply", "running", NOW + 60 * DAY, { target: NOW + 20 * DAY })], published: true, fetched: false, giver: null, texts: false, dissent: null,
  attachments: [], sizes: [32768], custody: "", recused: [], facts: [], faults: [], thread: [item(1, "received"), item(2, "message", { text: "When will it be read?", sealed: false })],
  access: [{ ...OFFICE, by: "", byTitle: "", since: NOW - 30 * DAY, reason: "", fetches: [] }, { seat: "secretary", title: "Secretary of State", holder: "", by: "custodian", byTitle: TITLE, since: NOW - 9 * DAY, reason: "The reply needs the Secretary's word.", fetches: [{ item: 0, time: NOW - 8 * DAY, publicTime: NOW - 8 * DAY }] }],
  may: MAY, extendable: [{ clock: "reply", limit: NOW + 60 * DAY, longest: NOW + 90 * DAY, zone: ZONE }], grantable: [{ seat: "deputy", title: "Deputy Secretary", holder: "Ben Oyelaran" }], waiting: 0, unchecked: ["rollback", "unwitnessed", "page"],
};
const SCENES = {
  elsewhere: { fetched: true, sizes: [32768, 2048], thread: [item(1, "received"), item(2, "fetch", { ...OFFICE, own: true, item: 0 })] },
  lied: { faults: ["manifest"], thread: [item(1, "received"), item(2, "message", { text: "", fault: "manifest" }), item(3, "mismatch", { ...OFFICE, own: true, item: 2, fact: "body" })] },
  late: { ...texts, state: "acknowledged", clocks: ROWS[3]?.clocks ?? [], may: { ...MAY, acknowledge: "acknowledged-already", reply: "" }, published: false, thread: [item(1, "received"), item(2, "fetch", { ...OFFICE, own: true, item: 0 }), item(3, "acknowledge", { ...OFFICE, own: true }), item(4, "extend", { ...OFFICE, own: true, clock: "reply", until: NOW - 2 * DAY, text: "The count is repeated.", publicTime: 0, index: -1 })] },
  answered: { ...texts, state: "answered", clocks: [clock("reply", "met", NOW + DAY, { metAt: NOW - DAY })], may: { ...MAY, acknowledge: "acknowledged-already", reply: "answered-already", extend: "no-clock", close: "" }, thread: [item(1, "received"), item(2, "reply", { ...OFFICE, own: true, reply: REPLY }), item(3, "grant", { ...OFFICE, own: true, to: "deputy", toTitle: "Deputy Secretary", text: "For the answer." }), item(4, "withdraw", { text: "Settled." })] },
  waiting: { ...texts, state: "unconfirmed", waiting: 2, giver: OFFICE, may: { ...MAY, acknowledge: "acknowledged-already", countersign: "", reply: "answered-already", fetch: "" }, thread: [item(1, "received"), item(2, "reply", { ...OFFICE, reply: { ...REPLY, counts: false }, fault: "" })] },
};

// Hostile lines stand wherever somebody's text, name or subject stands.
if (PLAY.hostile) {
  const lines = PLAY.hostile;
  for (const [n, one] of ROWS.entries()) one.subject = lines[n % lines.length];
  SCENES.hostile = {
    ...texts, subject: lines[0], faults: [],
    dissent: { ...texts.dissent, subject: lines[0], text: lines.join("\n"), claims: lines.slice(0, 20).map((text, n) => ({ n: n + 1, text, paragraph: n + 1, marking: "" })), prompts: { recommendation: lines.join("\n") }, original: lines[1] ?? "a" },
    attachments: lines.slice(0, 20).map((name, n) => ({ n: n + 1, name, size: 10, large: false })), facts: lines.slice(0, 5).map((line) => ({ question: line, answer: line })),
    thread: [item(1, "received"), ...lines.map((text, n) => item(n + 2, "message", { text, holder: text, title: text }))],
    access: lines.slice(0, 20).map((text) => ({ seat: text, title: text, holder: text, by: "custodian", byTitle: text, since: NOW, reason: text, fetches: [] })), may: { ...MAY, reply: "" },
  };
}

const refusal = (code, facts = {}) => Object.assign(new Error(code), { refusal: { code, facts } });
const asked = []; // what the page asked for, for the test to read by `asked`
let open;
let now = { ...view, ...(SCENES[PLAY.scene] ?? {}) };
// What the test puts somewhere, by path: {"dissent.claims.0.text": text}.
for (const [path, value] of Object.entries(PLAY.put ?? {})) {
  const way = path.split(".");
  const last = way.pop();
  way.reduce((place, step) => place[step], now)[last] = value;
}
const drafts = new Map();
const who = () => ({ ...OFFICE, origin: view.origin, practice: true, words: WORDS, address: "", now: NOW, zone: ZONE, standing: PLAY.standing ?? "", firstTime: false });
const done = (act, more) => {
  now = { ...now, ...more, thread: [...now.thread, item(now.thread.length + 1, act, { ...OFFICE, own: true, publicTime: 0 })] };
  return now;
};

const methods = {
  async unlock({ passphrase }) {
    if (passphrase !== SEVEN && passphrase !== "") throw refusal("passphrase");
    open = true;
    return who();
  },
  async make() { return { vault: VAULT, request: "{}", passphrase: SEVEN }; },
  async kept() { return {}; },
  async rewrap({ passphrase }) { if (passphrase !== SEVEN && passphrase !== "") throw refusal("passphrase"); return { vault: VAULT, passphrase: SEVEN }; },
  async lock() { return {}; },
  async seal({ value }) { return { sealed: new TextEncoder().encode(btoa(unescape(encodeURIComponent(JSON.stringify(value))))) }; },
  async unseal({ sealed }) { return { value: JSON.parse(decodeURIComponent(escape(atob(new TextDecoder().decode(sealed))))) }; },
  async today(_, tell) {
    tell({ stage: "first", list: listOf(ROWS.slice(0, 2), false) });
    tell({ stage: "rows", rows: ROWS.slice(2) });
    tell({ stage: "background", done: 3, total: 6 });
    return listOf(ROWS, true);
  },
  async open({ case: wanted }) { if (wanted === id(999)) throw refusal("no-case"); return { ...now, case: wanted }; },
  async fetch({ case: wanted }) { now = { ...now, ...texts, may: { ...now.may, reply: now.may.reply === "fetch-first" ? "" : now.may.reply } }; return { ...now, case: wanted }; },
  async acknowledge() { return done("acknowledge", { state: "acknowledged", may: { ...now.may, acknowledge: "acknowledged-already" } }); },
  async message({ text }) { done("message"); now.thread.at(-1).text = text; return now; },
  async extend({ clock: name, until, reason }) { done("extend"); Object.assign(now.thread.at(-1), { clock: name, until: NOW + 80 * DAY, text: `${until} ${reason}` }); return now; },
  async grant({ to, reason }) { done("grant"); Object.assign(now.thread.at(-1), { to, toTitle: "Deputy Secretary", text: reason }); return now; },
  async readable() { return done("readable", { state: "filed" }); },
  async countersign() { return done("countersign", { state: "answered" }); },
  async close() { return done("close", { state: "closed" }); },
  async reply(reply) { drafts.clear(); done("reply", { state: "answered" }); now.thread.at(-1).reply = { ...reply, answered: 1, referred: 1, declined: 1, counts: true }; return now; },
  async attachment() { return { name: "traffic-count.csv", blob: new Blob(["a,b"]) }; },
  async original() { return { name: "dissent.txt", blob: new Blob(["text"]) }; },
  async "draft.load"({ case: wanted }) { return drafts.get(wanted) ?? { draft: null, savedAt: 0 }; },
  async "draft.save"({ case: wanted, draft }) { drafts.set(wanted, { draft, savedAt: NOW }); return { savedAt: NOW }; },
  async "draft.drop"({ case: wanted }) { drafts.delete(wanted); return {}; },
};

// The worker's side of assets/pages/web/rpc.js, without its imports.
onmessage = async ({ data: { id: call, method, params } }) => {
  asked.push(method);
  try {
    if (PLAY.trouble?.[method] && !params.acceptClock) throw refusal(PLAY.trouble[method], PLAY.facts ?? {});
    postMessage({ id: call, result: await methods[method](params, (told) => postMessage({ id: call, told })) });
  } catch (error) {
    postMessage({ id: call, refused: error.refusal ?? { code: "fault", facts: { name: String(error) } } });
  }
};
postMessage({ ready: true });
