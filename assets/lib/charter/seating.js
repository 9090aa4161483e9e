// SPDX-License-Identifier: AGPL-3.0-or-later
// Who will be able to read a case: from the charter, what the author states, and whom the author leaves out. Pure; as
// src/demur/charter/seating.py. Evaluated before anything is sealed, and shown: a seat that is left out never gets a key that opens.

import { Refusal } from "../errors.js";
import { holds } from "./model.js";

// An answer for each question of the charter: what the author states ({id: answer}), "" where they state nothing. A charter's `default` is no
// answer, and with "" no condition holds. Throws for an unknown question or answer.
export function completeFacts(charter, stated) {
  const odd = Object.keys(stated).find((name) => !charter.facts.some((fact) => fact.id === name));
  if (odd !== undefined) throw new Refusal("fact", { fact: odd });
  return Object.fromEntries(charter.facts.map((fact) => [fact.id, answer(fact, stated[fact.id] ?? "")]));
}

function answer({ id, choices }, said) {
  if (said !== "" && choices.length > 0 && !choices.includes(said)) throw new Refusal("fact", { fact: id });
  return said;
}

// The seats that read a case, in the charter's order; vacant ones stay, to be shown as vacant.
export function readers(charter, facts, recused) {
  const odd = recused.find((name) => !charter.readingSeats.some((seat) => seat.id === name));
  if (odd !== undefined) throw new Refusal("seat", { seat: odd });
  const left = charter.readingSeats.filter((seat) => (seat.when === undefined || holds(seat.when, facts)) && !recused.includes(seat.id));
  if (left.length === 0) throw new Refusal("no-reader");
  if (recused.includes(charter.custodian)) throw new Refusal("no-answer", noAnswer(charter));
  return left;
}

// The only seat that may acknowledge and answer, and the other doors: a case that leaves it out could never be answered.
function noAnswer({ custodian, seats, outerDoors = [] }) {
  const office = seats.find(({ id }) => id === custodian);
  return { seat: custodian, title: office?.title ?? custodian, doors: outerDoors.join(", ") };
}
