// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in while many do: works on the stamp that the page asks for, then sends the form (src/demur/desk/crowded.py). The page carries this
// script only while work is asked; what is typed is not touched.

import { solve } from "../../lib/work.js";

const form = document.querySelector("form[data-challenge]");

form?.addEventListener("submit", async (event) => {
  const field = form.elements.namedItem("work");
  if (field.value !== "") return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  const status = document.getElementById("working");
  status.textContent = status.dataset.text;
  const { subject, origin, challenge, bits } = form.dataset;
  field.value = await solve(subject, { origin, challenge, bits: Number(bits) });
  form.submit();
});
