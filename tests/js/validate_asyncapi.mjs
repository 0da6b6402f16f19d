// Reads an AsyncAPI document on stdin and prints what the official parser has against it; exit code 1 when that is an error.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
for (const { severity, message, path } of diagnostics) console.log(severity, path.join("."), message);
if (document === undefined || diagnostics.some(({ severity }) => severity === 0)) process.exit(1);
console.log(document.operations().all().length, "operations");
