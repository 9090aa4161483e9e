// SPDX-License-Identifier: AGPL-3.0-or-later
// The worker that looks into files: what each tells, images made anew, and the text of documents. Loaded when the first file is chosen; it asks
// nobody anything, and ends with the page.

import { textOrImport } from "../../../lib/inspection/importing.js";
import { introduction, look } from "../../../lib/inspection/look.js";
import { LOOKED_AT } from "../../../lib/inspection/report.js";
import { serve } from "../../web/rpc.js";
import { cleanImage } from "./image.js";

serve({
  // {report, introduction, clean}: what the file tells, and the image made anew where it is one that this browser can show.
  async examine({ file }) {
    const report = look(new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer()), file.size);
    return { report, introduction: introduction(report), clean: await cleanImage(file, report.kind) };
  },

  // The text of a plain text or a document. Refused: "no-import".
  async text({ file }) {
    return textOrImport(new Uint8Array(await file.arrayBuffer()));
  },
});
