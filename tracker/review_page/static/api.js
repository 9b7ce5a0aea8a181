/** Requests to the server: an answer, or one line that says why there is none. */

import { set, state } from "./state.js";

const TOO_LONG = 20_000; // ms without an answer: as good as gone
/** For work that may take its time: writing a long run, looking at every person of it. */
export const PATIENT = 900_000;

/** The server has refused; its message is one line. */
export class Refused extends Error {
  /** @param {string} line @param {number} status Of HTTP. */
  constructor(line, status) {
    super(line);
    this.status = status;
  }
}
/** The server has not answered at all. */
export class Gone extends Error {}

/**
 * @param {string} path
 * @param {Record<string, string|number>} [query]
 */
export function address(path, query = {}) {
  const pairs = Object.entries(query).map(([key, value]) => [key, String(value)]);
  const search = new URLSearchParams(pairs).toString();
  return search ? `${path}?${search}` : path;
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @param {number} [patience] ms
 * @returns {Promise<Response>}
 */
export async function request(url, options = {}, patience = TOO_LONG) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(patience), ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    set({ gone: true });
    throw new Gone("The review server does not answer.");
  }
  if (state.gone) set({ gone: false });
  if (!response.ok) throw new Refused(await reason(response), response.status);
  return response;
}

/** @param {Response} response */
async function reason(response) {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    if (error) return String(error);
  } catch {
    // not JSON: said below with its status
  }
  return `${response.status} ${response.statusText || text.slice(0, 80)}`.trim();
}

/**
 * @param {string} path
 * @param {Record<string, string|number>} [query]
 * @param {number} [patience] ms
 * @returns {Promise<any>}
 */
export async function get(path, query, patience) {
  return (await request(address(path, query), {}, patience)).json();
}

/**
 * @param {string} path
 * @param {unknown} [body]
 * @param {number} [patience] ms
 * @returns {Promise<any>}
 */
export async function post(path, body = {}, patience = TOO_LONG) {
  const headers = { "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await request(path, options, patience);
  set({ trouble: "" }); // what went wrong before stays until something has been done
  return response.json();
}

/**
 * Do something and show what goes wrong in the line for it.
 * @template T
 * @param {() => Promise<T>} act
 * @param {string} [unsaved] What is lost for now when the server is gone.
 * @returns {Promise<T|undefined>} undefined after a failure
 */
export async function showing(act, unsaved = "") {
  try {
    return await act();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    set({ trouble: error instanceof Gone && unsaved ? `Not saved: ${unsaved}` : words });
    if (!(error instanceof Gone || error instanceof Refused)) throw error;
    return undefined;
  }
}
