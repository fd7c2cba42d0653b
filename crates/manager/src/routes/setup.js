"use strict";
const field = (id) => document.getElementById(id);
const told = (text) => { field("told").textContent = text; };
field("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (field("password").value !== field("again").value) return told("两次密码不一致 / The two passwords are not the same");
  const body = { token: location.hash.slice(1), name: field("name").value, password: field("password").value };
  const answer = await fetch("/api/v1/setup", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.ok) {
    field("form").remove();
    history.replaceState(null, "", location.pathname);
    return told("完成，现在可以登录。/ Done: you can log in now.\nsylvite login " + location.origin);
  }
  const refused = await answer.json();
  told(refused.error + (refused.hint ? "\n" + refused.hint : ""));
});
