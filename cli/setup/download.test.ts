import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { anyAnswers, download, downloadText } from "./download.ts";

let folder: string;
let server: Server;
let answer: RequestListener;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-download-"));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test("writes the file, gives its checksum and says how far it is", async () => {
  answer = (_request, response) => response.writeHead(200, { "content-length": 3 }).end("abc");
  const said: string[] = [];
  const path = join(folder, "new/file");
  const sum = await download(url, path, { report: (text) => said.push(text) });
  expect(sum).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(readFileSync(path, "utf8")).toBe("abc");
  expect(said).toEqual(["0 MB of 0 MB"]);
});

test("a host that takes the connection and says nothing is given up", async () => {
  answer = () => undefined;
  await expect(download(url, join(folder, "file"), { answerWithinMs: 50 })).rejects.toMatchObject({
    name: "NotDownloadable",
    message: `${url}: no answer within 0.05 s`,
  });
});

test("a host that stops in the middle is given up", async () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": 10 }).write("abc");
  };
  await expect(download(url, join(folder, "file"), { stallMs: 50 })).rejects.toMatchObject({
    name: "NotDownloadable",
    message: `${url}: nothing came for 0.05 s`,
  });
});

test("a text that is not there is told from a host that fails", async () => {
  answer = (_request, response) => response.writeHead(404).end();
  expect(await downloadText(url)).toBeUndefined();
  answer = (_request, response) => response.writeHead(500).end();
  await expect(downloadText(url)).rejects.toThrow(`${url}: HTTP 500`);
});

test("any answer but a failure of the host means that it is reachable", async () => {
  answer = (_request, response) => response.writeHead(404).end();
  expect(await anyAnswers(["http://127.0.0.1:1/", url])).toBe(true);
  answer = (_request, response) => response.writeHead(503).end();
  expect(await anyAnswers([url])).toBe(false);
  answer = () => undefined;
  expect(await anyAnswers([url], { answerWithinMs: 50 })).toBe(false);
  expect(await anyAnswers([])).toBe(false);
});
