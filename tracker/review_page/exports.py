"""What people take away from a run: written from its files, by the commands' own functions."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from gallery.annotations.names import folder_names
from gallery.atomic.write import whole
from tracker.errors import TeamsheetError
from tracker.explain.run import TRACKS
from tracker.output.row_arrays import read_rows
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import RunRecord
from tracker.report.camera import views_of
from tracker.report.minutes import minutes_of
from tracker.report.run_facts import RunFacts
from tracker.review_page.desk_protocol import ReviewDesk, Tree
from tracker.review_page.jobs import Jobs, Progress, Result
from tracker.text import guarded
from tracker.video.source import Source

MINUTES, VIDEO, CLIPS = "minutes.csv", "video.mp4", "clips"
_TIMES = ("seen_s", "hidden_s", "interpolated_s", "away_s", "expected_s", "low_s", "high_s")
"""Fields of PlayerMinutes."""
_CLIP_PX = 384
_CLIP_S = 2.0
Work = Callable[[Progress], Result]


class ExportError(TeamsheetError):
    """Something cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Exports:
    """Of one run. folder: OUT/review, where all of it goes. video: its source, as it was opened,
    and how to open it again; None where there is none."""

    out: Path
    folder: Path
    desk: ReviewDesk
    jobs: Jobs
    video: tuple[Source, str] | None

    def start(self, kind: str, body: Mapping[str, Any]) -> Tree:
        """Begin it in the background. Raises ExportError and BusyJobError."""
        works: dict[str, Callable[[], Work]] = {
            "minutes": lambda: self._minutes,
            "table": lambda: self._table,
            "video": self._drawn_video,
            "clip": lambda: self._clips(body),
            "closer": self._closer,
        }
        if kind not in works:
            raise ExportError(f"{kind[:40]}: not one of {', '.join(works)}")
        work = works[kind]()
        return self.jobs.start(kind, work if kind == "closer" else self._of_now(work)).tree()

    def _of_now(self, work: Work) -> Work:
        """After the run's files have been written with the names of now."""

        def written_first(progress: Progress) -> Result:
            if self.desk.status()["unwritten"]:
                self.desk.write()
            self.folder.mkdir(exist_ok=True)
            return work(progress)

        return written_first

    def _table(self, progress: Progress) -> Result:
        file = self.out / TRACKS
        return Result(f"wrote {file}", file)

    def _minutes(self, progress: Progress) -> Result:
        facts = RunFacts.read(self.out)
        rows = read_rows(self.out / TRACKS, facts.fps)
        minutes = minutes_of(rows, facts.size, views_of(self.out / OBSERVATIONS, rows))
        known = {player["name"]: player for player in self.desk.facts()["players"]}
        file = self.folder / MINUTES
        with whole(file) as draft, draft.open("w", encoding="utf-8", newline="") as text:
            table = csv.writer(text, lineterminator="\n")
            table.writerow(["player", "number", "team", *_TIMES])
            for name, each in zip(rows.names, minutes, strict=True):
                of_player = known.get(name, {})
                words = [name, of_player.get("number"), of_player.get("team")]
                times = [f"{getattr(each, column):.1f}" for column in _TIMES]
                table.writerow([*(guarded(str(word or "")) for word in words), *times])
        return Result(f"wrote {file}: {len(rows.names)} players", file)

    def _drawn_video(self) -> Work:
        from tracker.runs.rendering import render

        spec, file = self._given_video()[1], self.folder / VIDEO

        def work(progress: Progress) -> Result:
            record = RunRecord.read(self.out)
            gallery = Path(record.gallery) if record.gallery else None
            render(
                spec, self.out / TRACKS, file, record.settings,
                gallery if gallery is not None and gallery.is_dir() else None,
                overwrite=True, progress=lambda stage, done, of, speeds=None: progress(done, of),
            )  # fmt: skip
            return Result(f"wrote {file}", file)

        return work

    def _clips(self, body: Mapping[str, Any]) -> Work:
        from tracker.tubelets.create import Wish, make_tubelets

        source, spec = self._given_video()
        player = body.get("player")
        if not isinstance(player, str) or not player:
            raise ExportError("player: the name of whose clips are wanted is due")
        folder = self.folder / CLIPS / folder_names([player])[player]
        wish = Wish(_CLIP_PX, max(round(_CLIP_S * source.fps), 1), 1, players=[player])

        def work(progress: Progress) -> Result:
            folder.parent.mkdir(exist_ok=True)
            report = make_tubelets(spec, self.out, folder, wish, True, progress)
            line = f"wrote {report.clips.total()} clips of {player} into {folder}"
            return Result(line, _archived(folder))

        return work

    def _closer(self) -> Work:
        from tracker.runs.finer_tiles import measure_finer_tiles

        source = self._given_video()[0]

        def work(progress: Progress) -> Result:
            facts = RunFacts.read(self.out)
            rows = read_rows(self.out / TRACKS, facts.fps)
            return Result(measure_finer_tiles(facts, rows, source))

        return work

    def _given_video(self) -> tuple[Source, str]:
        if self.video is None:
            raise ExportError("there is no video; give it with --video")
        return self.video


def _archived(folder: Path) -> Path:
    """The clips as one file, which a browser can fetch."""
    file = folder.with_name(f"{folder.name}.zip")
    with whole(file) as draft, ZipFile(draft, "w") as archive:
        for clip in sorted(folder.rglob("*.mp4")):
            archive.write(clip, clip.name)
    return file
