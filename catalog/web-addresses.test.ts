import { expect, test } from "vitest";
import { hasCredentials, isLoopback, isOrigin } from "./web-addresses.ts";

test.each([
  ["https://app.example.com", true],
  ["http://localhost:5173", true],
  ["http://[::1]:3000", true],
  ["https://app.example.com/", false],
  ["https://app.example.com:443", false],
  ["http://app.example.com:80", false],
  ["https://App.example.com", false],
  ["https://app.example.com:70000", false],
  ["https://me@app.example.com", false],
  ["https://a.test,https://b.test", false],
  ["https://", false],
  ["app.example.com", false],
  ["null", false],
])("%s is an origin: %s", (text, expected) => {
  expect(isOrigin(text)).toBe(expected);
});

test.each([
  ["http://collector:4318", false],
  ["http://collector:4318/a@b", false],
  ["http://me:secret@collector:4318", true],
  ["http://token@collector", true],
])("%s has credentials: %s", (address, expected) => {
  expect(hasCredentials(address)).toBe(expected);
});

test.each([
  ["http://localhost:4318", true],
  ["http://127.0.0.1:4318", true],
  ["http://127.1", true],
  ["https://[::1]/jwks", true],
  ["http://172.17.0.1:4318", false],
  ["http://localhost.example.com", false],
])("%s is loopback: %s", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
