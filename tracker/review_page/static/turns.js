/**
 * Requests for pictures, few at once and the most urgent first: a browser opens six connections
 * to a server, and no answer may wait behind pictures.
 */

const AT_ONCE = 4;

export const NOW = 0; // the frame shown
export const SEEN = 1; // a crop on the screen
export const AHEAD = 2; // frames that come next
export const LATER = 3; // crops of the next questions, sharper pictures

/** @type {{urgency: number, begin: () => void}[]} */
let waiting = [];
let under = 0;

/**
 * @template T
 * @param {number} urgency @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function inTurn(urgency, act) {
  await new Promise((begin) => {
    waiting.push({ urgency, begin: () => begin(undefined) });
    pump();
  });
  try {
    return await act();
  } finally {
    under -= 1;
    pump();
  }
}

function pump() {
  while (under < AT_ONCE && waiting.length) {
    const least = Math.min(...waiting.map((one) => one.urgency));
    const next = waiting.find((one) => one.urgency === least);
    waiting = waiting.filter((one) => one !== next);
    under += 1;
    next?.begin();
  }
}
