/* What no page needs, and what spares a member on a bad line her work: what she types is kept in this browser until it
   has arrived, and pictures are made small before they are sent.  Loaded on pages of members alone. */
(() => {
  "use strict";
  const KEPT = 30 * 86400000, EACH = 5000, LARGEST = 200000, LONGEST = 1600;
  const mine = `typed ${document.body.dataset.whose} `;
  const forms = [...document.querySelectorAll("form[data-kept]")];
  const changed = new Set(), shrinking = new Map();

  // ── what is typed ──

  const fields = form => [...form.elements].filter(
    one => one.name && !["hidden", "password", "file", "submit", "button", "fieldset"].includes(one.type));
  const ticked = one => one.type === "checkbox" || one.type === "radio";
  const typed = form => fields(form).map(one => ticked(one) ? one.checked : one.value);
  const texts = form => fields(form).filter(one => !ticked(one) && !one.options);
  const words = form => texts(form).map(one => one.value);
  const given = form => texts(form).map(one => one.defaultValue);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const hidden = (form, name) => form.elements[name] && form.elements[name].type === "hidden" ? form.elements[name].value : "";
  const place = form => mine + [form.getAttribute("action"), hidden(form, "kind"), hidden(form, "reply")].join(" ");

  const read = key => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const drop = key => { try { localStorage.removeItem(key); } catch { /* a browser that keeps nothing */ } };
  const keep = (form, sent) => {
    const base = given(form);
    changed.delete(form);
    if (same(words(form), base)) return drop(place(form));
    const kept = {at: Date.now(), page: location.pathname, base, now: typed(form), sent};
    try { localStorage.setItem(place(form), JSON.stringify(kept)); } catch { /* full, or forbidden */ }
  };

  /* The page that a form led to was answered: what was sent has arrived, unless the form came back. */
  const forget = () => {
    const [entry] = performance.getEntriesByType("navigation");
    const back = entry && entry.type === "back_forward";
    const from = document.referrer.startsWith(location.origin + "/") ? new URL(document.referrer).pathname : "";
    const refused = document.querySelector("main [role=alert]");
    for (const key of Object.keys(localStorage).filter(one => one.startsWith("typed "))) {
      const kept = read(key);
      const arrived = kept && kept.sent && kept.page === from && !back && !refused && key.startsWith(mine);
      if (!kept || arrived || kept.at < Date.now() - KEPT) drop(key);
    }
  };

  const restore = form => {
    const kept = read(place(form)), base = given(form);
    if (!kept || !same(kept.base, base) || !same(words(form), base) || kept.now.length !== fields(form).length) return;
    fields(form).forEach((one, number) => {
      const then = kept.now[number];
      if (ticked(one)) one.checked = then;
      else if (!one.options || [...one.options].some(option => option.value === then)) one.value = then;
      if (!one.options && !ticked(one) && then !== one.defaultValue && one.closest("details")) one.closest("details").open = true;
    });
    keep(form, false);
    const told = document.getElementById("restored").content.firstElementChild.cloneNode(true);
    told.querySelector("button").addEventListener("click", () => {
      form.reset();
      keep(form, false);
      told.remove();
      const first = form.querySelector("textarea");
      if (first) first.focus();
    });
    form.prepend(told);
  };

  // ── pictures ──

  const drawn = (bitmap, side, type, quality) => new Promise(done => {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(done, type, quality);
  });
  const smaller = async file => {
    if (file.size <= LARGEST || !/^image\/(jpeg|png|webp|avif|heic|heif)$/.test(file.type)) return file;
    try {
      const bitmap = await createImageBitmap(file);
      for (const [side, quality] of [[LONGEST, .8], [LONGEST, .6], [1200, .6], [900, .5], [640, .5]]) {
        let made = await drawn(bitmap, side, "image/webp", quality);
        if (!made || made.type !== "image/webp") made = file.type === "image/png" ? null : await drawn(bitmap, side, "image/jpeg", quality);
        if (!made) return file;
        if (made.size <= LARGEST) return new File([made], file.name.replace(/\.\w+$/, "") + "." + made.type.slice(6), {type: made.type});
      }
    } catch { /* no picture that this browser reads: the node says what it thinks of it */ }
    return file;
  };
  const shrink = async input => {
    const chosen = [...input.files], made = await Promise.all(chosen.map(smaller));
    if (!same([...input.files].map(one => one.name), chosen.map(one => one.name)) || made.every((one, number) => one === chosen[number])) return;
    const moved = new DataTransfer();
    made.forEach(one => moved.items.add(one));
    input.files = moved.files;
  };

  // ── when ──

  document.addEventListener("change", event => {
    const input = event.target;
    if (input.type !== "file" || !input.accept.includes("image/") || !input.form) return;
    const work = shrink(input).finally(() => { if (shrinking.get(input.form) === work) shrinking.delete(input.form); });
    shrinking.set(input.form, work);
  });
  document.addEventListener("submit", event => {
    const form = event.target, work = shrinking.get(form);
    if (work) {
      event.preventDefault();
      work.finally(() => form.requestSubmit(event.submitter));
    } else if (forms.includes(form)) keep(form, true);
    else if (form.getAttribute("action") === "/logout") Object.keys(localStorage).forEach(key => key.startsWith("typed ") && drop(key));
  });
  try { forget(); } catch { return; /* a browser that keeps nothing */ }
  forms.forEach(restore);
  forms.forEach(form => form.addEventListener("input", () => changed.add(form)));
  const all = () => changed.forEach(form => keep(form, false));
  setInterval(all, EACH);
  addEventListener("pagehide", all);
  document.addEventListener("visibilitychange", () => { if (document.hidden) all(); });
  addEventListener("pageshow", event => { if (event.persisted) forms.forEach(form => keep(form, false)); });
})();
