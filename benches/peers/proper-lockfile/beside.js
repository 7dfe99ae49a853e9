// OpenClaw 2026.1 and our command on one folder, at the same time: this program locks and writes as
// OpenClaw does (proper-lockfile, stale after 30 s, ten retries, in place), and runs the command given.
// Run by hand, about 90 s:
//
//   mkdir -p target/peers/proper-lockfile && cp benches/peers/proper-lockfile/* target/peers/proper-lockfile/
//   npm install --prefix target/peers/proper-lockfile
//   cargo build -p openclaw-cli && node target/peers/proper-lockfile/beside.js target/debug/openclaw
//
// 2026-11-22, proper-lockfile 4.1.2: 60 updates of each at once, none failed and none lost; ours waited
// 3.1 s for a lock that was held for 3 s, and OpenClaw waited 5.5 s (its retries double) while ours was
// stopped for 3 s; ours took over from a killed OpenClaw after 30.1 s (at its third try, each waits
// 10 s); OpenClaw took over from ours, stopped for good, after 30.4 s, and ours wrote nothing when it
// woke up; no lock was left.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn } = require("node:child_process");
const lockfile = require("proper-lockfile");

const program = path.resolve(process.argv[2]);
const OPTIONS = {
  retries: { retries: 10, factor: 2, minTimeout: 100, maxTimeout: 10_000, randomize: true },
  stale: 30_000,
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const seconds = (from) => ((Date.now() - from) / 1000).toFixed(1);
const check = (holds, what) => {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) process.exitCode = 1;
};

const state = process.argv[3] ?? fs.mkdtempSync(path.join(os.tmpdir(), "beside-"));
const store = path.join(state, "agents/main/agent/auth-profiles.json");
const sidecar = `${store}.lock`;
const read = () => JSON.parse(fs.readFileSync(store, "utf8"));

function ours(name) {
  const args = ["models", "auth", "paste-api-key", "--provider", "anthropic", "--profile-id", `anthropic:${name}`];
  const env = { PATH: process.env.PATH, HOME: state, OPENCLAW_STATE_DIR: state };
  const child = spawn(program, args, { env, stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  child.stdin.on("error", () => {});
  child.stdin.end(`sk-ant-api03-beside-${name}-0123456789012345678901234567890123456789`);
  child.ended = new Promise((done) => child.on("exit", (code) => done({ code, said: said.trim() })));
  return child;
}

async function theirs(name) {
  const release = await lockfile.lock(store, OPTIONS);
  const data = read();
  data.usageStats = { ...data.usageStats, [`anthropic:${name}`]: { lastUsed: 5 } };
  fs.writeFileSync(store, `${JSON.stringify(data, null, 2)}\n`);
  fs.chmodSync(store, 0o600);
  await release();
}

/** Runs ours until it is caught with the lock in its hands, and stops it there. */
async function stopped(prefix) {
  for (let n = 0; n < 2000; n++) {
    const child = ours(`${prefix}-${n}`);
    let running = true;
    child.ended.then(() => (running = false));
    for (let spins = 0; running && !fs.existsSync(sidecar); spins++) if (spins % 50 === 0) await sleep(0);
    child.kill("SIGSTOP");
    await sleep(20);
    if (running && fs.existsSync(sidecar)) return { child, name: `${prefix}-${n}` };
    child.kill("SIGCONT");
    await child.ended;
  }
  throw new Error("never caught");
}

async function main() {
  if (process.argv[4] === "hold") {
    await lockfile.lock(store, OPTIONS);
    console.log("held");
    return sleep(600_000);
  }
  check((await ours("first").ended).code === 0, "the store is made");

  const rounds = 60;
  let failed = 0;
  await Promise.all([
    (async () => { for (let n = 0; n < rounds; n++) await theirs(`theirs-${n}`).catch(() => failed++); })(),
    (async () => { for (let n = 0; n < rounds; n++) failed += (await ours(`ours-${n}`).ended).code; })(),
  ]);
  const data = read();
  const lost = Array.from({ length: rounds }, (_, n) => n).filter(
    (n) => !data.profiles[`anthropic:ours-${n}`] || !data.usageStats[`anthropic:theirs-${n}`],
  );
  check(failed === 0 && lost.length === 0, `${rounds} updates of each at once: ${failed} failed, ${lost.length} lost`);

  let release = await lockfile.lock(store, OPTIONS);
  let start = Date.now();
  const waiting = ours("waits");
  await sleep(3000);
  const early = read().profiles["anthropic:waits"];
  await release();
  const end = await waiting.ended;
  check(!early && end.code === 0, `ours waited ${seconds(start)} s for a lock that OpenClaw held for 3 s`);

  let caught = await stopped("stopped");
  start = Date.now();
  setTimeout(() => caught.child.kill("SIGCONT"), 3000);
  await theirs("waited");
  const waited = seconds(start);
  check(Number(waited) >= 3 && (await caught.child.ended).code === 0, `OpenClaw waited ${waited} s while ours stood still for 3 s with the lock`);
  check(read().profiles[`anthropic:${caught.name}`] && read().usageStats["anthropic:waited"], "and both updates are there");

  const holder = spawn(process.execPath, [__filename, program, state, "hold"], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((held) => holder.stdout.once("data", held));
  holder.kill("SIGKILL");
  start = Date.now();
  let tries = 0, answer;
  do { tries++; answer = await ours("after-a-death").ended; } while (answer.code !== 0 && tries < 10);
  check(answer.code === 0 && Number(seconds(start)) >= 29, `ours took over from a killed OpenClaw after ${seconds(start)} s, at try ${tries}`);

  caught = await stopped("forgotten");
  start = Date.now();
  let takenOver;
  do { takenOver = await theirs("took-over").then(() => true, () => false); } while (!takenOver);
  const after = seconds(start);
  caught.child.kill("SIGCONT");
  const late = await caught.child.ended;
  check(Number(after) >= 29, `OpenClaw took over from ours, which stood still, after ${after} s`);
  check(read().usageStats["anthropic:took-over"], `its update is there; ours ended with ${late.code} ${late.said.split("\n")[0]}`);
  check(!fs.existsSync(sidecar), "no lock is left");
  fs.rmSync(state, { recursive: true });
}

main();
