// The navigation bar of every page: built from what the server says this person may see.
(() => {
  const bar = document.createElement("header");
  bar.className = "wb-bar";
  const link = (title, path, className) => {
    const anchor = document.createElement("a");
    anchor.href = path;
    anchor.textContent = title;
    anchor.className = className;
    const here = location.pathname.replace(/\/$/, "");
    const there = path.replace(/\/$/, "");
    if (here === there) anchor.setAttribute("aria-current", "page");
    else if (there && here.startsWith(`${there}/`)) anchor.setAttribute("aria-current", "true");
    return anchor;
  };
  const build = (me) => {
    const nav = document.createElement("nav");
    nav.setAttribute("aria-label", "Pages");
    for (const page of me.pages) nav.append(link(page.title, page.path, "wb-link"));
    bar.replaceChildren(nav, link(me.name, "/account", "wb-link wb-who"));
    nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  };
  const start = async () => {
    document.body.prepend(bar);
    document.documentElement.classList.add("wb-shell");
    const reply = await fetch("/api/me", { headers: { Accept: "application/json" } });
    if (reply.status === 401) location.assign("/login");
    else if (reply.ok) build(await reply.json());
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
