"use strict";
const field = (id) => document.getElementById(id);
const told = (text) => { field("told").textContent = text; };
let csrf = "";
const ask = async (method, path, body) => {
  const headers = { "X-CSRF-Token": csrf };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const refused = await answer.json();
  throw new Error([refused.title, refused.error, refused.hint].filter(Boolean).join("\n"));
};
const doing = (work) => async (event) => {
  if (event) event.preventDefault();
  told("");
  try { await work(); } catch (error) { told(error.message); }
};
const here = location.pathname + location.search;
const code = () => field("code").value.trim().toUpperCase();

const providers = async () => {
  for (const provider of await ask("GET", "/api/v1/login/providers")) {
    const link = document.createElement("a");
    link.className = "button";
    link.href = provider.login + "?return_to=" + encodeURIComponent(here);
    link.textContent = provider.title + (provider.trouble ? "（不可用 / away）" : "");
    field("providers").append(link);
  }
  field("out").hidden = false;
};

const logins = async () => {
  const rows = await ask("GET", "/api/v1/me/logins");
  field("logins").replaceChildren(...rows.map((login) => {
    const row = document.createElement("tr");
    for (const text of [login.id, login.origin, login.agent, new Date(login.made).toLocaleString()]) row.insertCell().textContent = text;
    const end = document.createElement("button");
    end.textContent = "结束 / End";
    end.onclick = doing(async () => { await ask("DELETE", "/api/v1/me/logins/" + login.id); await begin(); });
    row.insertCell().append(end);
    return row;
  }));
};

const look = async () => {
  const device = await ask("GET", "/api/v1/login/device/" + encodeURIComponent(code()));
  field("asks").textContent = `${device.name} · ${device.origin} · ${new Date(device.made).toLocaleString()}`;
  field("give").disabled = field("deny").disabled = false;
};
const answer = (give) => doing(async () => {
  await ask("POST", "/api/v1/login/device/answer", { user_code: code(), give });
  field("give").disabled = field("deny").disabled = true;
  told(give ? "已允许，可以回到命令行。/ Done: go back to the command line." : "已拒绝。/ It was refused.");
});

const begin = async () => {
  const answer = await fetch("/api/v1/me");
  if (answer.status === 401) { field("in").hidden = true; field("providers").replaceChildren(); return providers(); }
  const me = await answer.json();
  if (!answer.ok) { field("out").hidden = false; return told([me.title, me.error, me.hint].filter(Boolean).join("\n")); }
  csrf = me.csrf || "";
  field("out").hidden = true;
  field("in").hidden = false;
  field("who").textContent = me.name;
  field("roles").textContent = me.roles.join("; ");
  if (location.pathname === "/auth/device") {
    field("device").hidden = false;
    field("code").value = new URLSearchParams(location.search).get("code") || "";
    if (code()) await look();
  }
  await logins();
};

field("form").addEventListener("submit", doing(async () => {
  const body = { username: field("name").value, password: field("password").value };
  if (field("otp").value) body.otp = field("otp").value;
  await ask("POST", "/auth/password", body);
  field("password").value = field("otp").value = "";
  await begin();
}));
field("leave").onclick = doing(async () => { await ask("POST", "/auth/logout"); location.href = "/auth"; });
field("others").onclick = doing(async () => { await ask("DELETE", "/api/v1/me/logins"); await logins(); });
field("look").onclick = doing(look);
field("give").onclick = answer(true);
field("deny").onclick = answer(false);
doing(begin)();
