"""Files as people have them: layouts, archives, formats; and what is said when they are wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.inputs import Result, find_truths, read_seqinfo
from tracker.evaluation.options import Options, parse_blank, parse_frames, parse_ids, read_gallery
from tracker.evaluation.readers import parse_mot, read_result
from tracker.evaluation.results import find_trackers
from tracker.evaluation.scoring import Evaluation, evaluate
from tracker.evaluation.text_files import TextSource, members
from tracker.output.table import COLUMNS, TrackTable

TRUTH, RESULT = mot_lines(lanes("AAAA", "BBBB")), mot_lines(lanes("AAAA", "BBB."))
SEQINFO = "[Sequence]\nname=S\nframeRate=30\nseqLength=4\n"


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def sequence(folder: Path) -> None:
    put(folder / "gt" / "gt.txt", TRUTH)
    put(folder / "seqinfo.ini", SEQINFO)


def zipped(file: Path, **inside: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in inside.items():
            archive.writestr(name, text)
    return file


def tracks_csv(file: Path) -> Path:
    """The boxes of RESULT as our own table: A is called Ann, B has no name."""
    b = lanes("AAAA", "BBB.")
    rows = pd.DataFrame(
        {
            "frame": b.frames,
            "time_s": (b.frames - 1) / 30,
            "track_id": b.ids + 5,
            "player": np.where(b.names == "A", "Ann", ""),
            "player_confidence": 0.5,
            "visibility": "visible",
            **{c: b.corners[:, i] for i, c in enumerate(("x1", "y1", "x2", "y2"))},
            "confidence": 0.9,
            "predicted_x": b.centres[:, 0],
            "predicted_y": b.centres[:, 1],
            "std_x": 1.0,
            "std_y": 1.0,
            "evidence": "",
            "role": "",
            "kit": "",
            "kit_probability": np.nan,
            "plays": np.nan,
        }
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    TrackTable.of(rows[list(COLUMNS)]).to_csv(file)
    return file


# Each builds truth and result of one sequence in a folder and returns (truth, result, its name).
Layout = Callable[[Path], tuple[Path, Path, str]]


def one_file_each(at: Path) -> tuple[Path, Path, str]:
    return put(at / "gt.txt", TRUTH), put(at / "mine.txt", RESULT), at.name


def folders_of_sequences(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "gt" / "S")
    put(at / "tracker" / "S.txt", RESULT)
    return at / "gt", at / "tracker", "S"


def flat_truths(at: Path) -> tuple[Path, Path, str]:
    put(at / "gt" / "S.txt", TRUTH)
    put(at / "tracker" / "S.txt", RESULT)
    return at / "gt", at / "tracker", "S"


def one_sequence_folder(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "S")
    return at / "S", put(at / "S.txt", RESULT), "S"


def trackeval_with_seqmap(at: Path) -> tuple[Path, Path, str]:
    gt, trackers = at / "gt" / "mot_challenge", at / "trackers" / "X-train"
    for name in ("S", "not-listed"):
        sequence(gt / "X-train" / name)
    put(gt / "seqmaps" / "X-train.txt", "name\nS\n")
    put(trackers / "T" / "data" / "S.txt", RESULT)
    return gt, trackers, "S"


def trackeval_split_folder(at: Path) -> tuple[Path, Path, str]:
    gt, trackers, name = trackeval_with_seqmap(at)
    return gt / "X-train", trackers / "T", name


def cvat_zip(at: Path) -> tuple[Path, Path, str]:
    ball = "".join(f"{f},9,300,0,20,20,1,2,1\n" for f in range(1, 5))
    truth = mot_lines(lanes("AAAA", "BBBB"), "1,1,1.0") + ball
    inside = {"gt/gt.txt": truth, "gt/labels.txt": "person\nball\n"}
    return zipped(at / "S.zip", **inside), put(at / "r.txt", RESULT), "S"


def zip_of_results(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "gt" / "S")
    return at / "gt", zipped(at / "results.zip", **{"data/S.txt": RESULT}), "S"


def our_output_folder(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "S")
    tracks_csv(at / "out" / "tracks.csv")
    put(at / "out" / "mot.txt", RESULT)
    return at / "S", at / "out", "S"


def our_table(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "S")
    return at / "S", tracks_csv(at / "table.csv"), "S"


def our_batch(at: Path) -> tuple[Path, Path, str]:
    sequence(at / "gt" / "S")
    tracks_csv(at / "runs" / "S" / "tracks.csv")
    return at / "gt", at / "runs", "S"


def a_table_with_names(at: Path) -> tuple[Path, Path, str]:
    b = lanes("AAAA", "BBB.")
    lines = ["frame,track_id,x1,y1,x2,y2,player,player_confidence"]
    for f, i, box, name in zip(b.frames, b.ids, b.corners, b.names, strict=True):
        lines.append(f"{f},{i},{','.join(map(str, box))},{name},0.5")
    return put(at / "gt.txt", TRUTH), put(at / "named.csv", "\n".join(lines)), at.name


LAYOUTS: list[Layout] = [
    one_file_each,
    folders_of_sequences,
    flat_truths,
    one_sequence_folder,
    trackeval_with_seqmap,
    trackeval_split_folder,
    cvat_zip,
    zip_of_results,
    our_output_folder,
    our_table,
    our_batch,
    a_table_with_names,
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_every_layout_gives_the_same_scores(tmp_path: Path, layout: Layout) -> None:
    truth, result, name = layout(tmp_path)
    evaluation = evaluate(truth, [result], Options(jobs=1))
    (tracker,) = evaluation.trackers
    assert [s.sequence for s in tracker.sequences] == [name]
    mot = tracker.combined.mot
    assert (mot["TP"], mot["FN"], mot["FP"], mot["IDSW"]) == (7, 1, 0, 0)


TAILS = {
    "mot": ",1,-1,-1,-1",
    "six columns": "",
    "trailing comma": ",1,",
    "3-D coordinates": ",1,-4.15,-7.35,0",
}


@pytest.mark.parametrize("separator", [",", ", ", " ", "\t", ";"])
@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_readers_take_any_dialect(separator: str, tail: str, ending: str) -> None:
    rows = ["2,7,10.5,20,30,40", "1,7.0,1e1,20,30,40"]
    text = ending.join((r + TAILS[tail]).replace(",", separator) for r in rows) + ending
    boxes = parse_mot(text, "file")
    assert boxes.frames.tolist() == [1, 2]
    assert boxes.ids.tolist() == [7, 7]
    assert boxes.corners.tolist() == [[10, 20, 40, 60], [10.5, 20, 40.5, 60]]
    assert boxes.lines.tolist() == ([3, 1] if ending == "\n\n" else [2, 1])
    assert boxes.classes.tolist() == [-1, -1]  # metres on the ground are no classes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,1,0,0,40,80\n1,two,0,0,40,80\n", "line 2: 'two' stands where a number is due"),
        ("frame id x y w h\n1 1 0 0 40 80\n", "line 1"),
        ("1,1,0,0,40,80\n1,2,0,0\n", "line 2: fewer than six numbers"),
        ("1,1,0,0\n", "line 1: 4 columns"),
        ("1,1,0,0,40,80\n1.5,1,0,0,40,80\n", "line 2: frame 1.5 is no whole number"),
        ("1,1,nan,0,40,80\n", "line 1: fewer than six numbers"),
        ("1,1,0,0,inf,80\n", "line 1"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = put(tmp_path / "r.txt", text)
    with pytest.raises(EvaluateError) as error:
        read_result(Result(TextSource(file)))
    assert said in str(error.value)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bad_named_table_is_named_by_line_and_column(tmp_path: Path) -> None:
    file = put(tmp_path / "r.csv", "frame,id,x,y,w\n1,1,0,0,1\n")
    with pytest.raises(EvaluateError, match="line 1: column h is missing"):
        read_result(Result(TextSource(file)))
    put(file, "frame,id,x,y,w,h\n1,1,0,0,1,1\n1,2,0,zero,1,1\n")
    with pytest.raises(EvaluateError, match=r"line 3: 'zero' stands where y should be a number"):
        read_result(Result(TextSource(file)))
    put(file, ",".join(COLUMNS) + "\n1,0,1,,1,seen,0,0,1,1,1,0,0,1,1,\n")
    with pytest.raises(EvaluateError, match=r"r\.csv: not a tracks\.csv"):
        read_result(Result(TextSource(file)))


def test_text_that_is_none_and_files_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvaluateError, match="is no text"):
        TextSource(tmp_path / "r.txt").text()
    with pytest.raises(EvaluateError, match="cannot be read"):
        TextSource(tmp_path / "none.txt").text()
    with pytest.raises(EvaluateError, match=r"not found; give a gt\.txt"):
        find_truths(tmp_path / "none")
    put(tmp_path / "gt.txt", TRUTH)
    with pytest.raises(EvaluateError, match="not found; give a result"):
        evaluate(tmp_path / "gt.txt", [tmp_path / "none"])


@pytest.mark.parametrize("name", ["../gt/gt.txt", "/gt/gt.txt", "a/../../gt.txt", "C:/gt.txt"])
def test_unsafe_paths_in_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EvaluateError, match="unsafe path"):
        find_truths(zipped(tmp_path / "x.zip", **{name: TRUTH}))


def test_broken_and_oversized_archives_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "x.zip", "no archive")
    with pytest.raises(EvaluateError, match="no readable zip"):
        members(tmp_path / "x.zip")
    big = zipped(tmp_path / "big.zip", **{"gt/gt.txt": TRUTH * 50})
    monkeypatch.setattr("tracker.evaluation.text_files.MAX_BYTES", 1000)
    with pytest.raises(EvaluateError, match="larger than 1000 bytes"):
        TextSource(big, "gt/gt.txt").text()
    monkeypatch.setattr("tracker.evaluation.text_files.MAX_MEMBERS", 0)
    with pytest.raises(EvaluateError, match="1 files; export annotations without pictures"):
        members(big)


@pytest.mark.parametrize(
    "text", ["no ini", "[Sequence]\nseqLength=x\n", "[Other]\n", "[Sequence]\nseqLength=0\n"]
)
def test_a_broken_seqinfo_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(EvaluateError, match=r"seqinfo\.ini"):
        read_seqinfo(TextSource(put(tmp_path / "seqinfo.ini", text)))


def test_several_trackers_keep_their_names_apart(tmp_path: Path) -> None:
    put(tmp_path / "gt.txt", TRUTH)
    files = [put(tmp_path / who / "S.txt", RESULT) for who in ("one", "two")]
    evaluation = evaluate(tmp_path / "gt.txt", files)
    assert [t.tracker for t in evaluation.trackers] == ["one/S", "two/S"]
    same = evaluate(tmp_path / "gt.txt", [files[0], files[0]])
    assert len({t.tracker for t in same.trackers}) == 2


def test_missing_and_unknown_results_are_named(tmp_path: Path) -> None:
    for name in ("S1", "S2"):
        sequence(tmp_path / "gt" / name)
    put(tmp_path / "t" / "S1.txt", RESULT)
    with pytest.raises(EvaluateError, match=r"t: no result for 1 of 2 sequences \(S2\)"):
        evaluate(tmp_path / "gt", [tmp_path / "t"])
    put(tmp_path / "t" / "S2.txt", RESULT)
    put(tmp_path / "t" / "S3.txt", RESULT)
    evaluation = evaluate(tmp_path / "gt", [tmp_path / "t"], Options(jobs=1))
    assert any("S3.txt: no truth for this result" in str(r) for r in evaluation.mistakes)
    some = evaluate(tmp_path / "gt", [tmp_path / "t"], Options(sequences=("S1",)))
    assert [s.sequence for s in some.trackers[0].sequences] == ["S1"]
    with pytest.raises(EvaluateError, match="no sequence fits Q"):
        evaluate(tmp_path / "gt", [tmp_path / "t"], Options(sequences=("Q*",)))
    with pytest.raises(EvaluateError, match="one result for 2 sequences"):
        evaluate(tmp_path / "gt", [tmp_path / "t" / "S1.txt"])


def test_a_seqmap_that_lists_what_is_not_there(tmp_path: Path) -> None:
    gt, trackers, _ = trackeval_with_seqmap(tmp_path)
    put(gt / "seqmaps" / "X-train.txt", "name\nS\nT\n")
    with pytest.raises(EvaluateError, match="lists T, for which there is no"):
        evaluate(gt, [trackers])


def test_options_as_people_write_them(tmp_path: Path) -> None:
    assert parse_frames("1:350") == (1, 350)
    assert parse_blank("7,0.1") == (7, 0.1)
    assert parse_ids("20, 21") == {20, 21}
    wrong: list[Callable[[], object]] = [
        lambda: parse_frames("350"),
        lambda: parse_blank("0.1"),
        lambda: parse_ids("ball"),
        lambda: Options(frames=(5, 4)),
        lambda: Options(blank=(1, 1.5)),
        lambda: Options(fps=0),
    ]
    for call in wrong:
        with pytest.raises(EvaluateError, match="--"):
            call()
    for name in ("Ann", "Bob", "_referee", ".cache"):
        (tmp_path / "gallery" / name).mkdir(parents=True)
    assert read_gallery(tmp_path / "gallery") == {"Ann", "Bob"}
    assert read_gallery(put(tmp_path / "list.txt", "Ann\n# x\n\nZoë\n")) == {"Ann", "Zoë"}
    with pytest.raises(EvaluateError, match="no player inside"):
        read_gallery(put(tmp_path / "none.txt", "\n"))


def remarks(tmp_path: Path, truth: str, result: str, seqinfo: str = "") -> Evaluation:
    put(tmp_path / "S" / "gt" / "gt.txt", truth)
    if seqinfo:
        put(tmp_path / "S" / "seqinfo.ini", seqinfo)
    return evaluate(tmp_path / "S", [put(tmp_path / "r.txt", result)], Options(jobs=1))


def test_frames_beyond_the_sequence_are_an_error(tmp_path: Path) -> None:
    put(tmp_path / "gt.txt", TRUTH)
    with pytest.raises(EvaluateError, match=r"--frames 2:9: .*only 4 frames"):
        evaluate(tmp_path / "gt.txt", [tmp_path / "gt.txt"], Options(frames=(2, 9)))


@pytest.mark.shared
def test_truths_of_every_shared_set_are_read(shared: Path) -> None:
    data = shared / "data"
    counts = {
        "soccernet-117-150/gt": 34,
        "mot15/gt": 11,
        "sportsmot-train": 44,
        "hockey-mhptd": 22,
        "dancetrack-val": 25,
        "trackid3x3/Indoor": 42,
        "trackid3x3/Drone": 4,
        "tud": 2,
        "soccer-snmot116": 1,
        "pets-s2l1": 1,
    }
    for folder, count in counts.items():
        truths = find_truths(data / folder)
        assert len(truths) == count, folder
        assert len(parse_mot(truths[0].boxes.text(), folder)), folder
        assert find_trackers([truths[0].boxes.path], truths[:1])
