// SaltGUI, as it is, in a headless Chromium: every page, with what has to stand on it. Started by saltgui.py.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";

const require = createRequire(process.env.PLAYWRIGHT_FROM + "/");
const { chromium } = require("playwright-core");

const { URL_OF_API: url, PASSWORD: password, SHOTS: shots } = process.env;
if (shots) mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
const faults = [];
page.on("pageerror", (error) => faults.push(`page: ${error.stack.split("\n").slice(0, 3).join(" ")}`));
page.on("response", (response) => {
  const path = new URL(response.url()).pathname;
  // Files that a shop may add, and SaltGUI asks for.
  const optional = /^\/static\/(minions\.txt|salt-auth\.txt|salt-motd\.(txt|html))$/.test(path);
  if (response.status() >= 400 && !(optional && response.status() === 404)) faults.push(`${response.status()} ${response.request().method()} ${path} ${response.request().postData() ?? ""}`);
});

let failed = 0;
async function claim(name, holds) {
  try {
    await holds();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${String(error).split("\n").slice(0, 4).join(" | ")}`);
    if (shots) await page.screenshot({ path: `${shots}/failed-${failed}.png` });
  }
}

const text = async (part, where = "body") => {
  await page.waitForFunction(([part, where]) => [...document.querySelectorAll(where)].some((node) => node.innerText.includes(part)), [part, where], { timeout: 20000 });
};

async function open(name, parts, query = "") {
  await claim(`page ${name}`, async () => {
    await page.goto(`${url}/${query}#${name}`, { waitUntil: "domcontentloaded" });
    await page.waitForSelector(`#page-${name}`, { timeout: 20000 });
    for (const part of parts) await text(part, `#page-${name}`);
    if (shots) {
      await page.waitForTimeout(700);
      await page.screenshot({ path: `${shots}/${name}.png` });
    }
  });
}

await page.goto(`${url}/`, { waitUntil: "load" });
await claim("a wrong password is refused in words", async () => {
  await page.fill("#username", "boss");
  await page.fill("#password", "wrong horse");
  await page.selectOption("select", "sylvite");
  await page.click("#login-button");
  await text("Authentication failed");
});
faults.length = 0;
await claim("login", async () => {
  await page.fill("#username", "boss");
  await page.fill("#password", password);
  await page.selectOption("select", "sylvite");
  await page.click("#login-button");
  await text("web1", "#route-container");
});

await open("minions", ["web1", "web2", "accepted", "unaccepted key", "Debian"]);
await open("keys", ["web1", "new1", "unaccepted"]);
await open("grains", ["web1", "web2", "3008"]);
await open("grains-minion", ["Grains on web1", "os_family", "Debian"], "?minionid=web1");
await open("pillars", ["web1", "2 pillars"]);
await open("pillars-minion", ["Pillars on web1", "colour", "green", "nested", "2 pillars"], "?minionid=web1");
await open("schedules", ["web1", "1 schedule"]);
await open("schedules-minion", ["Schedules on web1", "nightly", "test.ping"], "?minionid=web1");
await open("beacons", ["web1", "1 beacon"]);
await open("beacons-minion", ["Beacons on web1", "memusage", "600"], "?minionid=web1");
await open("mine", ["web1"]);
await open("nodegroups", ["webs", "web1", "web2"]);

async function command(target, words, parts) {
  await claim(`command box: ${target} ${words}`, async () => {
    await page.click("#button-manual-run");
    await page.fill("#target", target);
    await page.fill("#command", words);
    await page.click("#run-command");
    for (const part of parts) await text(part, "#popup-output");
    if (shots) await page.screenshot({ path: `${shots}/command-${words.replace(/\W+/g, "-")}.png` });
    await page.click("#cmd-close-button");
  });
}
await command("*", "test.ping", ["web1", "web2", "true"]);
await command("web1", "grains.item os", ["web1", "os"]);
await command("", "runners.manage.up", ["web1", "web2"]);
await command("web1", "state.apply", ["hello", "1 succeeded"]);
await command("new1", "wheel.key.accept", ["new1"]);

await command("*", "state.highstate", ["web1", "web2", "1 succeeded"]);
await open("jobs", ["test.ping", "state.apply"]);
await claim("a job with its returns", async () => {
  await page.goto(`${url}/#jobs`, { waitUntil: "domcontentloaded" });
  const row = page.locator("#page-jobs tr", { hasText: "state.highstate" }).first();
  await row.click();
  await page.waitForSelector("#page-job", { timeout: 20000 });
  for (const part of ["state.highstate", "web1", "web2", "hello", "1 succeeded"]) await text(part, "#page-job");
  if (shots) await page.screenshot({ path: `${shots}/job.png` });
});
await open("highstate", ["web1", "web2"]);
await open("orchestrations", []);
await open("reactors", []);
await open("templates", []);
await open("issues", []);
await open("options", ["boss"]);
await open("keys", ["new1", "accepted"]);

await claim("live events", async () => {
  await page.goto(`${url}/#events`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector("#page-events");
  // Events are shown once the play button is pressed; until then they are counted.
  await page.locator("#page-events span.small-button-left:visible").nth(1).click();
  const low = { client: "local_async", tgt: "*", fun: "test.ping" };
  await page.evaluate(async (low) => {
    const raw = window.sessionStorage.getItem("token");
    await fetch("/", { method: "POST", headers: { "X-Auth-Token": raw, Accept: "application/json" }, body: JSON.stringify(low) });
  }, low);
  await text("/ret/web1", "#page-events");
  if (shots) await page.screenshot({ path: `${shots}/events.png` });
});
await claim("nothing was refused or broken on the way", async () => {
  if (faults.length) throw new Error(`\n  ${faults.join("\n  ")}`.replaceAll("\n", " ; "));
});
await claim("logout", async () => {
  await page.goto(`${url}/#logout`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector("#login-button", { timeout: 20000 });
});
await browser.close();
process.exit(failed ? 1 : 0);
