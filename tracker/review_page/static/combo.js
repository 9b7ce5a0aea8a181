/** A field for a name: what is typed is completed from the names there are. */

import { make, nameTag } from "./dom.js";
import { colorOf, indexOf, numberOf, spoken } from "./people.js";

const SHOWN = 8;
let made = 0;

/** Without accents and case, so that "soh" finds "Söhne". @param {string} text */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/**
 * Names that fit what is typed, best first: at its beginning, at a word's, anywhere.
 * @param {string[]} names @param {string} typed
 */
export function matching(names, typed) {
  const wanted = plain(typed.trim());
  /** @param {string} name */
  const rank = (name) => {
    const text = plain(`${name} ${numberOf(name)}`);
    if (!wanted || text.startsWith(wanted)) return 0;
    if (text.includes(` ${wanted}`)) return 1;
    return text.includes(wanted) ? 2 : 3;
  };
  return names.filter((name) => rank(name) < 3).sort((a, b) => rank(a) - rank(b));
}

/**
 * @param {{label: string, names: () => string[], free: boolean, value?: string,
 *   accept: (name: string) => void}} wishes free: names that are not there yet may be given
 */
export function combo({ label, names, free, value = "", accept }) {
  const id = `names-${++made}`;
  const list = make("ul", { id, role: "listbox", class: "options", hidden: true, "aria-label": label });
  const input = make("input", {
    type: "text", dir: "auto", value, autocomplete: "off", spellcheck: false, role: "combobox",
    placeholder: label, "aria-label": label, "aria-controls": id, "aria-expanded": "false",
    "aria-autocomplete": "list",
  });
  let active = 0;
  /** Names that fit, then what is typed itself where it may be a new one. */
  const options = () => {
    const found = matching(names(), input.value).slice(0, SHOWN);
    const typed = input.value.trim();
    const known = names().some((name) => plain(name) === plain(typed));
    return free && typed && !known ? [...found, typed] : found;
  };

  const paint = () => {
    const found = options();
    active = Math.min(active, Math.max(found.length - 1, 0));
    list.replaceChildren(...found.map((name, i) =>
      option(name, `${id}-${i}`, i === active, !names().includes(name), take)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (found.length) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };
  /** @param {string} name */
  const take = (name) => {
    close();
    input.value = name;
    accept(name);
  };
  input.addEventListener("input", () => { active = 0; paint(); });
  input.addEventListener("focus", paint);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const found = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(found.length, 1);
      paint();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const name = found[active];
      if (name) take(name);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  });
  return { root: make("div", { class: "combo" }, input, list), input };
}

/**
 * @param {string} name @param {string} id @param {boolean} active
 * @param {boolean} isNew @param {(name: string) => void} take
 */
function option(name, id, active, isNew, take) {
  const index = indexOf(name);
  return make(
    "li",
    {
      id, role: "option", "aria-selected": String(active),
      // before the field loses the focus and the list is gone
      onpointerdown: (/** @type {Event} */ event) => { event.preventDefault(); take(name); },
    },
    make("i", { class: "dot", style: `background: ${colorOf(index)}` }),
    nameTag(spoken(name)),
    make("span", { class: "soft" }, isNew ? "new name" : numberOf(name)),
  );
}
