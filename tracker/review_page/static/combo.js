/** A field for a name: what is typed is completed from the names there are. */

import { make, nameTag } from "./dom.js";
import { colorOf, indexOf, numberOf, spoken } from "./people.js";

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
 * free: names that are not there yet may be given. open: the names are shown before one types.
 * @typedef {{label: string, names: () => string[], free: boolean, value?: string, open?: boolean,
 *   accept: (name: string) => void}} Wishes
 */

/** @param {Wishes} wishes */
export function combo(wishes) {
  const one = new Combo(wishes);
  return { root: make("div", { class: "combo" }, one.input, one.list), input: one.input };
}

class Combo {
  /** @param {Wishes} wishes */
  constructor(wishes) {
    this.wishes = wishes;
    this.active = 0;
    this.id = `names-${++made}`;
    const { label, value = "" } = wishes;
    this.list = make("ul", { id: this.id, role: "listbox", class: "options", hidden: true, "aria-label": label });
    this.input = make("input", {
      type: "text", dir: "auto", value, autocomplete: "off", spellcheck: false, role: "combobox",
      placeholder: label, "aria-label": label, "aria-controls": this.id, "aria-expanded": "false",
      "aria-autocomplete": "list",
    });
    this.input.addEventListener("input", () => { this.active = 0; this.paint(); });
    this.input.addEventListener(wishes.open ? "focus" : "click", () => this.paint());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.press(event));
  }

  /** Names that fit, then what is typed itself where it may be a new one. */
  options() {
    const { names, free } = this.wishes;
    const found = matching(names(), this.input.value);
    const typed = this.input.value.trim();
    const known = names().some((name) => plain(name) === plain(typed));
    return free && typed && !known ? [...found, typed] : found;
  }

  paint() {
    const found = this.options();
    const known = this.wishes.names();
    this.active = Math.min(this.active, Math.max(found.length - 1, 0));
    this.list.replaceChildren(...found.map((name, i) => option(
      name, `${this.id}-${i}`, i === this.active, !known.includes(name), (one) => this.take(one),
    )));
    this.list.hidden = !found.length;
    this.showActive();
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (found.length) this.input.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** Within the list alone: the page stays where it is. */
  showActive() {
    const row = this.list.children[this.active];
    if (!(row instanceof HTMLElement)) return;
    const least = row.offsetTop + row.offsetHeight - this.list.clientHeight;
    this.list.scrollTop = Math.min(Math.max(this.list.scrollTop, least), row.offsetTop);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  /** @param {string} name */
  take(name) {
    this.close();
    this.input.value = name;
    this.wishes.accept(name);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const found = this.options();
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      this.active = (this.active + by + found.length) % Math.max(found.length, 1);
      this.paint();
    } else if (event.key === "Enter") {
      const name = found[this.active];
      if (name && (!this.list.hidden || this.input.value.trim())) this.take(name);
    } else if (event.key === "Escape" && !this.list.hidden && !this.wishes.open) { // else the dialog is left
      event.stopPropagation();
      this.close();
    } else return;
    event.preventDefault();
  }
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
