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
 * A stretch: a run of one name, or of none, on a track.
 * @typedef {{track: number, first: number, last: number, player: string, focus: number,
 *   shown: number[], seconds: number, sure: number}} Item
 * @typedef {{player: string, probability: number}} Candidate
 * @typedef {"who"|"which_players"|"which_wrong"|"gallery_whole"} Kind
 * @typedef {{id: string, kind: Kind, text: string, reasons: string[], worth_boxes: number,
 *   worth_s: number, items: Item[], candidates: Candidate[]}} Question
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
 * @typedef {{track: number, frame: number, first?: number, last?: number, player: string}} AuditItem
 * @typedef {{done: number, right: number, precision: number|null, low: number|null,
 *   high: number|null}} Precision
 *
 * Long work: what is done of how much, and what it says at its end.
 * @typedef {{number: number, kind: string, state: "running"|"done"|"failed", done: number,
 *   of: number|null, line: string, file: string|null}} Job
 * @typedef {{resolving?: boolean, unwritten?: number, saved?: number, entries?: number,
 *   job?: Job|null, note?: string}} Status
 *
 * Tracklets that surely are one person. name: null until somebody has said it, "" not a player.
 * likely: "player", or "other" (bench, officials, crowd).
 * @typedef {{id: string, name: string|null, number?: string|null, likely?: string,
 *   seconds: number, items: Item[]}} Card
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Rect
 */

export {};
