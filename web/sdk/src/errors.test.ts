import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { asViaductError, ErrorNumber, ViaductError, WarningNumber } from "./errors.js";

test("every number is explained in the README", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const number of [...Object.values(ErrorNumber), ...Object.values(WarningNumber)]) {
    assert.match(readme, new RegExp(`^\\| ${number} \\|`, "m"));
  }
});

test("an error says its number, what it means and what was said about it", () => {
  const error = new ViaductError(ErrorNumber.LoginRefused, "Authentication Failure");
  assert.equal(error.message, "201 The server refused the login: Authentication Failure");
  assert.equal(asViaductError(error, ErrorNumber.ServerError), error);
  assert.equal(asViaductError("odd", ErrorNumber.ServerError).message, "501 The server reports an error: odd");
});
