// SPDX-License-Identifier: AGPL-3.0-or-later
// What these modules refuse. As the families of src/demur/*/errors.py, but without sentences: the page makes those, in its reader's
// language, from `code` and `facts`.
//
// `code` is a short kebab-case word, one for each thing a page says differently. `facts` are plain values for the sentence, never a
// secret and never text of a case; `why` among them tells developers apart what a page says alike.

export class Refusal extends Error {
  constructor(code, facts = {}) {
    super(facts.why ? `${code}: ${facts.why}` : code);
    this.name = "Refusal";
    this.code = code;
    this.facts = Object.freeze({ ...facts });
  }
}

export function refuse(code, why) {
  throw new Refusal(code, { why });
}

// What `work` gives; a Refusal that it throws is thrown again under `code`, which is that of the outer thing. A fault in these modules
// themselves goes through as it is.
export async function under(code, work, facts = {}) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(code, { ...facts, why: error.message });
  }
}

// Whether `check` refuses nothing. A fault in these modules themselves goes through as it is.
export function accepted(check) {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return false;
  }
}
