// SPDX-License-Identifier: AGPL-3.0-or-later
// Types and sizes of documents, as data: spec/documents.json; grammar: spec/documents.md; as src/demur/schema.py.
//
// A document that a stranger wrote is held against its shape before anything of it is used. One file for both languages, because two readers
// that accept different documents can be made to see different cases.

import { acts, everyManifest, manifests, patterns } from "./documents/forms.js";
import { isFilled, isVisible } from "./visible.js";

const FORMS = Object.fromEntries(Object.entries(patterns).map(([name, pattern]) => [name, new RegExp(`^(?:${pattern})$`)]));
const utf8 = new TextEncoder();

// Where `value` differs from `shape`, a node of the grammar: the path of the first member, "" where it fits.
export function fault(value, shape, path = "") {
  return KINDS[shape.type](value, shape, path);
}

// As `fault`, of a document, by the version that it names of these: {"1": shape, ...}; undefined for a version that is not known.
export function documentFault(value, versions) {
  const v = isObject(value) ? value.v : undefined;
  if (!Number.isSafeInteger(v) || !Object.hasOwn(versions, String(v))) return undefined;
  return fault(value, versions[String(v)]);
}

// As `fault`, of a manifest, by its type. A type that is not known has the members that every manifest has.
export function manifestFault(manifest) {
  const found = fault(manifest, everyManifest);
  if (found !== "") return found;
  const kind = acts.includes(manifest.type) && !Object.hasOwn(manifests, manifest.type) ? "act" : manifest.type;
  const known = manifest.v === 1 ? kind : `${kind} ${manifest.v}`;
  if (!Object.hasOwn(manifests, known)) return Object.hasOwn(manifests, kind) ? " v" : "";
  return fault(manifest, manifests[known]);
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

const KINDS = {
  text(value, { max, values, form, filled, visible }, path) {
    const good =
      typeof value === "string" &&
      (max === undefined || value.length * 3 <= max || utf8.encode(value).length <= max) &&
      (values === undefined || values.includes(value)) &&
      (form === undefined || FORMS[form].test(value)) &&
      !(filled && !isFilled(value)) &&
      !(visible && !isVisible(value));
    return good ? "" : path || " ";
  },
  integer: (value, { min, max }, path) => (Number.isSafeInteger(value) && value >= min && value <= max ? "" : path || " "),
  boolean: (value, _, path) => (typeof value === "boolean" ? "" : path || " "),
  list(value, { of, min = 0, max }, path) {
    if (!Array.isArray(value) || value.length < min || value.length > max) return path || " ";
    for (const [at, item] of value.entries()) {
      const found = fault(item, of, `${path} ${at + 1}`);
      if (found !== "") return found;
    }
    return "";
  },
  object(value, { members, more }, path) {
    const names = Object.keys(members).sort();
    const whole = isObject(value) && names.every((name) => Object.hasOwn(value, name)) && (more || Object.keys(value).length === names.length);
    if (!whole) return path || " ";
    for (const name of names) {
      const found = fault(value[name], members[name], `${path} ${name}`);
      if (found !== "") return found;
    }
    return "";
  },
  map(value, { keys, of, max = 1000 }, path) {
    const whole = isObject(value) && Object.keys(value).length <= max && (keys === undefined || Object.keys(value).every((name) => keys.includes(name)));
    return whole && Object.values(value).every((item) => fault(item, of, path || " ") === "") ? "" : path || " ";
  },
};
