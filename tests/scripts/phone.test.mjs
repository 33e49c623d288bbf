// The phone page's words, and how it asks the service: a real one on this machine, which says what it got.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";

const kept = new Map();
globalThis.localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
Object.defineProperty(globalThis, "navigator", { value: { language: "fr-CH" } });

const page = "../../spark_jobs/verger/serving/page";
const { current, number, percent, say } = await import(`${page}/words.js`);
const { identify, leave, Problem, UNREACHED, useKey } = await import(`${page}/service.js`);

let [got, answer] = [null, null];
const service = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  got = { path: request.url, headers: request.headers, body: Buffer.concat(pieces).toString("latin1") };
  response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
});
const browsers = globalThis.fetch;

before(() => new Promise((listening) => service.listen(0, "127.0.0.1", listening)));
after(() => service.close());
beforeEach(() => {
  kept.clear();
  answer = { status: 200, body: "{}" };
  globalThis.fetch = (path, options) => browsers(`http://127.0.0.1:${service.address().port}${path}`, options);
});

test("a visitor's language is taken where the page speaks it", () => {
  assert.equal(current(), "fr");
  assert.equal(say("boxes", { count: 3, answer: "Pomme" }), "3 points qui ont parlé pour Pomme");
  assert.equal(say("no words of that name"), "no words of that name");
});

test("numbers are written as the language writes them", () => {
  assert.equal(number(1.239), "1,24");
  assert.match(percent(0.987), /^98,7\s%$/);
});

test("views of one fruit travel as one question, with no name that their files had", async () => {
  answer.body = '{"best_match": "Apple"}';
  const told = await identify([new Blob(["one"]), new Blob(["two"])]);
  assert.equal(told.best_match, "Apple");
  assert.equal(got.path, "/v1/identify");
  assert.equal(got.body.match(/name="photo"; filename="photo.jpg"/g).length, 2);
});

test("a key goes with every question, and none is invented", async () => {
  await identify([new Blob(["x"])]);
  assert.equal(got.headers.authorization, undefined);
  useKey("  verger_key\n");
  await identify([new Blob(["x"])]);
  assert.equal(got.headers.authorization, "Bearer verger_key");
});

test("feedback says that it is allowed", async () => {
  await leave(new Blob(["x"]), "Quince", "Apple");
  for (const [name, value] of [["label", "Quince"], ["answered", "Apple"], ["consent", "yes"]]) {
    assert.match(got.body, new RegExp(`name="${name}"\\r\\n\\r\\n${value}\\r\\n`));
  }
});

test("a problem keeps its status and its words, whatever form it comes in", async () => {
  answer = { status: 415, body: '{"detail": "no known image format"}' };
  await assert.rejects(identify([new Blob(["x"])]), { status: 415, message: "no known image format" });
  answer = { status: 502, body: "<html>a proxy's own page</html>" };
  await assert.rejects(identify([new Blob(["x"])]), { status: 502, message: "Bad Gateway" });
});

test("where no answer comes, the page knows that it was not reached", async () => {
  globalThis.fetch = () => browsers("http://127.0.0.1:9/");
  await assert.rejects(identify([new Blob(["x"])]), (error) => error instanceof Problem && error.status === UNREACHED);
});
