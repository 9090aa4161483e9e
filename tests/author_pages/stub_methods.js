// SPDX-License-Identifier: AGPL-3.0-or-later
// A worker that seals nothing: it answers as assets/pages/author/worker.js says, with invented cases, so that every state of a page can be
// looked at, also those that no honest server brings about. `scene` is set by the test.

const NOW = 1_795_626_000; // Wednesday 25 November 2026, 17:00 UTC
const DAY = 86400;
const ZONE = "America/New_York";
const WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident".split(" ");
const CHARTER = { leaf: "9f".repeat(32), title: "Dissent Channel, 2 FAM 070", waiting: 172800 };
const LIMITS = { textBytes: 60_000, claims: 20, files: 5, fileBytes: 5_000_000, totalBytes: 9_000_000 };
const OFFICES = [
  { seat: "custodian", title: "Director of Policy Planning", reads: true, holder: "Ana Ruiz", vacant: false, newKey: false, since: NOW - 9 * DAY, until: 0, fingerprint: "" },
  { seat: "deputy", title: "Deputy Secretary", reads: true, holder: "", vacant: false, newKey: true, since: NOW - 3600, until: NOW - 3600 + 2 * DAY, fingerprint: "0f1e 2d3c 4b5a 6978 8796 a5b4 c3d2 e1f0" },
  { seat: "legal", title: "Legal Adviser", reads: true, holder: "", vacant: true, newKey: false, since: 0, until: 0, fingerprint: "" },
];
const promised = (name, limit, target = 0) => ({ name, title: "Director of Policy Planning", target, limit, zone: ZONE });
const clock = (name, state, limit, more = {}) => ({ name, title: "Director of Policy Planning", state, target: null, limit, promised: limit, metAt: null, extendedTo: null, disputed: false, zone: ZONE, ...more });
const HEAD = "Head of the author's agency";
const asks = (row) => ({ ...row, answers: row.answers ?? [...row.choices, ""].map((answer) => ({ answer, also: answer && answer !== row.choices[0] ? [HEAD] : [] })) });
const FACTS = [{ id: "agency", question: "Which agency do you work for?", choices: ["State", "USAID"] }, { id: "post", question: "Which post? (optional)", choices: [] }];
const LOOK = {
  origin: "dissent.example.org", practice: true, words: "they hold autumn dawn rifle truth".split(" "), open: true, reason: "",
  warnings: ["unwitnessed"], time: NOW - 600, size: 1234, charter: CHARTER, facts: FACTS, always: ["Director of Policy Planning", "Legal Adviser"], offices: OFFICES, limits: LIMITS,
  clocks: [promised("ack", NOW + 5 * DAY), promised("reply", NOW + 90 * DAY, NOW + 45 * DAY)],
};

const row = (n, type, more) => ({ n, type, seat: "", title: "", holder: "", own: false, time: NOW - (30 - n) * DAY, publicTime: NOW - (30 - n) * DAY + 3600, index: 100 + n, known: true, notAllowed: "", text: "", fault: "", reply: null, to: "", toTitle: "", item: 0, fact: "", countersigns: 0, clock: "", until: 0, ...more });
const OFFICE = { seat: "custodian", title: "Director of Policy Planning", holder: "Ana Ruiz" };
const CLAIMS = ["The count was taken in the week of the strike.", "The southern road is shut by snow on eleven days.", "The sum that is saved is less than two days cost."];
const reply = (counts) => ({
  outcome: "in_part", text: "The department thanks the author. The closure is put off by a month.", signedBy: "Director of Policy Planning", appeal: "The Inspector General takes an appeal within thirty days.",
  answers: [{ claim: 1, kind: "answered", text: "It will be repeated in January.", to: "", claimText: CLAIMS[0] }, { claim: 2, kind: "referred", text: "", to: "the budget office", claimText: CLAIMS[1] }, { claim: 3, kind: "declined", text: "The sums are not comparable.", to: "", claimText: CLAIMS[2] }],
  commitments: [{ text: "A new count", date: "2027-01-31" }], recommendation: { kind: "", text: "" }, recommended: "", answered: 1, referred: 1, declined: 1, counts, disputed: false,
});

const VIEW = {
  case: "0d7c2a9e51b04f6f8a3b6d9c1e2f4a5b", origin: LOOK.origin, practice: true, words: LOOK.words, now: NOW, state: "filed", filedAt: NOW - 30 * DAY,
  promise: { time: NOW - 30 * DAY, notAfter: NOW - 29 * DAY, kept: true }, published: true, unwitnessed: true, charter: { leaf: CHARTER.leaf, title: CHARTER.title, edition: "2023", version: 1 },
  subject: "The northern crossing should stay open this winter",
  dissent: { subject: "The northern crossing should stay open this winter", text: CLAIMS.join("\n\n"), claims: CLAIMS.map((text, at) => ({ n: at + 1, text, paragraph: at + 1, marking: "" })), prompts: {}, language: "en", marking: "", original: "dissent.txt", asIs: true },
  dissentFault: "", attachments: [{ n: 1, name: "traffic-count.csv", size: 2048, kept: true }, { n: 2, name: "map.png", size: 70_000, kept: false }], facts: {}, recused: [], newKeys: [], sealedAt: NOW - 30 * DAY,
  clocks: [clock("ack", "running", NOW + 2 * DAY), clock("reply", "running", NOW + 60 * DAY, { target: NOW + 15 * DAY })],
  thread: [row(1, "received", {}), row(2, "fetch", { ...OFFICE, item: 1 })],
  access: [{ ...OFFICE, by: "", byTitle: "", since: NOW - 30 * DAY, reason: "", fetches: [{ item: 1, time: NOW - 28 * DAY, publicTime: NOW - 28 * DAY }] }, { seat: "deputy", title: "Deputy Secretary", holder: "", by: "", byTitle: "", since: NOW - 30 * DAY, reason: "", fetches: [] }],
  may: { message: "", withdraw: "" }, unchecked: ["thread", "record", "rollback", "witness", "words", "page"], noticed: [], late: false, mismatches: [], faults: [],
  oversight: ["Inspector General"], receipt: "receipt text", key: "{}", sealed: new Uint8Array(8), stem: "demur-0d7c",
};

const SCENES = {
  filed: {},
  late: { state: "acknowledged", clocks: [clock("ack", "met late", NOW - 20 * DAY, { metAt: NOW - 18 * DAY }), clock("reply", "overdue", NOW - 2 * DAY)], thread: [...VIEW.thread, row(3, "acknowledge", OFFICE), row(4, "extend", { ...OFFICE, clock: "reply", until: NOW - 2 * DAY, text: "The count is being repeated." }), row(5, "message", { own: true, text: "When will the reply come?", publicTime: 0, index: -1 })], published: false },
  answered: { state: "answered", clocks: [clock("ack", "met", NOW - 20 * DAY, { metAt: NOW - 22 * DAY }), clock("reply", "met", NOW + 3 * DAY, { metAt: NOW - DAY })], thread: [...VIEW.thread, row(3, "acknowledge", OFFICE), row(4, "grant", { ...OFFICE, to: "deputy", toTitle: "Deputy Secretary", text: "The reply needs the deputy's word." }), row(5, "reply", { ...OFFICE, reply: reply(true) })], may: { message: "", withdraw: "too-late-to-withdraw" } },
  waiting: { state: "unconfirmed", clocks: [clock("ack", "met", NOW - 20 * DAY, { metAt: NOW - 22 * DAY }), clock("reply", "extended", NOW + 3 * DAY, { promised: NOW - DAY, extendedTo: NOW + 3 * DAY })], thread: [...VIEW.thread, row(3, "reply", { ...OFFICE, reply: reply(false), fault: "outcome" })] },
  lied: { noticed: [{ code: "withheld", facts: { n: 3, type: "message" }, evidence: "evidence text" }], mismatches: [{ n: 2, verb: "mismatch", fact: "outcome" }], dissent: null, dissentFault: "manifest", thread: [...VIEW.thread, row(3, "message", { ...OFFICE, text: "", fault: "manifest" })] },
  withdrawn: { state: "withdrawn", clocks: [clock("ack", "ended by withdrawal", NOW + 2 * DAY)], thread: [...VIEW.thread, row(3, "withdraw", { own: true, text: "It was settled." })], may: { message: "", withdraw: "withdrawn" } },
  closed: { state: "closed", clocks: [], thread: [...VIEW.thread, row(3, "close", OFFICE)], may: { message: "over", withdraw: "over" }, unchecked: [] },
};

const refusal = (code, facts = {}) => Object.assign(new Error(code), { refusal: { code, facts } });
const { scene = "filed", hostile = [], trouble = {}, look: changed = {}, offices: seats = OFFICES, later = {}, put = {}, work = 0 } = PLAY; // set by the test, see stub_worker.py
let sealed;
let refusedOnce = false; // from then on what is in force is what the test names in `later`
const inForce = () => {
  const now = { ...LOOK, offices: seats, ...changed, ...(refusedOnce ? later : {}) };
  return { ...now, facts: now.facts.map(asks) };
};

// As the charter has it: an answer is one of the choices, to a question that is asked.
function checkFacts(facts) {
  const { facts: questions } = inForce();
  const odd = Object.keys(facts).some((id) => !questions.some((row) => row.id === id));
  if (odd || questions.some(({ id, choices }) => choices.length > 0 && facts[id] && !choices.includes(facts[id]))) throw refusal("fact");
}

const methods = {
  look: () => fail("look", inForce()),
  clocks: () => inForce().clocks,
  readers: ({ facts, recused }) => {
    checkFacts(facts);
    return fail("readers", inForce().offices.map((office) => ({ ...office, recused: recused.includes(office.seat) })));
  },
  seal: async (wish, tell) => {
    tell({ stage: "sealing", done: 0, total: 0 });
    refusedOnce ||= trouble.seal !== undefined;
    fail("seal", {});
    sealed = wish;
    return { bytes: 1, seats: 3, words: WORDS };
  },
  submit: async ({ acceptClock }, tell) => {
    tell({ stage: "uploading", done: 50, total: 100 });
    const key = JSON.stringify({ ...(await told()), acceptClock });
    return fail("submit", { words: WORDS, case: VIEW.case, stem: "demur-0d7c", receipt: "receipt text", key, sealed: new Uint8Array(4), promise: { time: NOW, notAfter: NOW + DAY }, proven: false, entry: "e1".repeat(32), clocks: LOOK.clocks });
  },
  enter: ({ words }) => counted(words) && fail("enter", view()),
  refresh: () => fail("refresh", view()),
  message: ({ text }, tell) => work ? working(tell) : fail("message", { ...view(), thread: [...view().thread, row(9, "message", { own: true, text, publicTime: 0 })] }),
  withdraw: () => fail("withdraw", { ...view(), ...SCENES.withdrawn }),
  report: () => fail("report", { ...view(), mismatches: [] }),
  compare: () => fail("compare", { heads: 3, sizes: [9], view: { ...view(), unchecked: ["rollback", "page"] } }),
  attachment: () => ({ name: "traffic-count.csv", bytes: new Uint8Array(3) }),
  forget: () => ({}),
};

// What was to be sealed, for the test to read: the file that a real worker would fill with keys.
async function told() {
  const attachments = sealed.attachments.map(async ({ name, blob }) => ({ name, bytes: [...new Uint8Array(await blob.arrayBuffer())] }));
  return { ...sealed, dissent: { ...sealed.dissent, bytes: [...(sealed.dissent.bytes ?? [])] }, attachments: await Promise.all(attachments) };
}

// As the worker has it, which holds the list of words: the page counts none.
function counted(words) {
  const n = words?.split(/[^a-z]+/i).filter(Boolean).length ?? WORDS.length; // a key file has none
  if (n !== WORDS.length) throw refusal("words-count", { n });
  return true;
}

// Asked for work, which has no end here.
function working(tell) {
  tell({ stage: "work", bits: work });
  return new Promise(() => {});
}

function view() {
  const made = structuredClone({ ...VIEW, ...SCENES[scene] });
  for (const [path, value] of Object.entries(put)) {
    const way = path.split(".");
    const last = way.pop();
    way.reduce((place, step) => place[step], made)[last] = value;
  }
  if (hostile.length === 0) return made;
  const text = PLAY.apart ? "The claims are written apart." : hostile.join("\n\n");
  return { ...made, subject: hostile[0], dissent: { ...VIEW.dissent, text, claims: hostile.map((words, at) => ({ n: at + 1, text: words, paragraph: at + 1, marking: "" })) }, thread: [...made.thread, ...hostile.map((words, at) => row(10 + at, "message", { ...OFFICE, title: words, holder: words, text: words }))] };
}

// What the test wants to go wrong: {method: {code, facts, times}}.
function fail(method, answer) {
  const wanted = trouble[method];
  if (!wanted || (wanted.times !== undefined && wanted.times-- <= 0)) return answer;
  throw refusal(wanted.code, wanted.facts);
}
