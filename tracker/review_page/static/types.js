/**
 * What the server says, as types for the checker. Nothing here runs.
 *
 * Frames count from 1. A player "" is nobody of the gallery.
 *
 * @typedef {{name: string, number?: string|number|null, team?: string|null, role?: string|null,
 *   color?: string|null, pictures: number}} Player
 * @typedef {{run: string, name: string, fps: number, frames: [number, number],
 *   size: [number, number], players: Player[], negatives: string[],
 *   video: {there: boolean, note: string}, named: boolean, mode: string, running: boolean,
 *   version: string}} Facts
 *
 * A stretch of a track that is asked about. player: its name, of most boxes where it changes.
 * shown: frames whose pictures show it; shown_names: under which names.
 * @typedef {{track: number, first: number, last: number, player: string, focus: number,
 *   shown: number[], shown_names: string[], seconds: number, sure: number}} Item
 * @typedef {{player: string, probability: number}} Candidate
 * A kit that is asked about: its name, the colour of the shirt, how many of the items show it.
 * @typedef {{name: string, color: string, items: number}} ShownKit
 * @typedef {"who"|"which"|"kit"|"gallery_whole"} Kind
 * @typedef {{id: string, kind: Kind, text: string, reasons: string[], worth_boxes: number,
 *   worth_s: number, items: Item[], candidates: Candidate[], kits?: ShownKit[],
 *   choices?: string[]}} Question
 *
 * @typedef {{id: string, items: Item[]}} Upcoming
 * @typedef {{question: Question|null, end: string|null, doubt_s: number, next: Upcoming[]}} Asked
 * @typedef {{boxes: number, tracks: number[], sentences: string[], contradicts: string[]}} Change
 * @typedef {Asked & {change?: Change}} Answered
 *
 * One stretch of a track and who it is.
 * @typedef {{track: number, first: number, last: number, player: string}} Part
 *
 * Track, index of the player (-1 none), x1, y1, x2, y2, visibility (0 visible, 1 occluded,
 * 2 absent), confidence in percent, 1 where a person has said so.
 * @typedef {[number, number, number, number, number, number, number, number, number]} Row
 * @typedef {{first: number, last: number, frames: Row[][]}} Boxes
 *
 * @typedef {{name: string, spans: [number, number, string][]}} Lane
 * @typedef {{players: Lane[], doubts: [number, number, string, string][]}} Lanes
 *
 * @typedef {{expected: number|null, found: number, named: number, missing_players: string[],
 *   shared: number[][], lines: string[]}} Honesty
 *
 * @typedef {{i: number, track: number, frame: number, player: string,
 *   yes: boolean|null}} AuditItem
 * @typedef {{done: number, right: number, precision: number|null, low: number|null,
 *   high: number|null}} Precision
 *
 * Long work: what is done of how much, and what it says at its end.
 * @typedef {{number: number, kind: string, state: "running"|"done"|"failed", done: number,
 *   of: number|null, line: string, file: string|null}} Job
 * @typedef {{resolving?: boolean, unwritten?: number, saved?: number, entries?: number,
 *   running?: boolean, lines?: string[], job?: Job|null}} Status
 *
 * Stretches that surely are one person. player: "" while nobody has said a name. group: where it
 * stands. clip: the longest of them.
 * @typedef {{track: number, first: number, last: number, seconds: number, frame: number}} CardPart
 * @typedef {{id: string, player: string, group: "next"|"named"|"others", other: boolean,
 *   seconds: number, number: string|null, parts: CardPart[],
 *   shown: {track: number, frame: number}[],
 *   clip: {track: number, first: number, last: number}}} Card
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Rect
 */

export {};
