/** Elements made and found in one line each. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [given] Properties; `class`, `dir`, `role`, `data-*` and
 *   `aria-*` are attributes, `on...` listeners.
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "style") {
      element.style.cssText = String(value); // the attribute itself is refused by the page's policy
    } else if (key.startsWith("on") && typeof value === "function") {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else if (/^(class|dir|role|for|data-|aria-|autocomplete)/.test(key)) {
      element.setAttribute(key, String(value));
    } else {
      Object.assign(element, { [key]: value });
    }
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}

/**
 * Make these its children, in order; what stays is not taken out, and so keeps the focus.
 * @param {HTMLElement} parent @param {HTMLElement[]} children
 */
export function arrange(parent, children) {
  for (const child of [...parent.childNodes]) if (!children.includes(/** @type {HTMLElement} */ (child))) child.remove();
  children.forEach((child, at) => {
    const there = parent.childNodes[at] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
}

/**
 * A name as it stands in the roster: any script, its own direction.
 * @param {string} text
 * @param {string} [more] Further classes.
 */
export function nameTag(text, more = "") {
  return make("bdi", { class: `name ${more}`.trim(), dir: "auto" }, text);
}

/** @param {string} key */
export function keycap(key) {
  return make("kbd", { "aria-hidden": "true" }, key);
}

/**
 * @param {number} many
 * @param {string} one
 * @param {string} [more]
 */
export function count(many, one, more = `${one}s`) {
  return `${many.toLocaleString("en")} ${many === 1 ? one : more}`;
}
