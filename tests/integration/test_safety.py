"""Files of strangers run no code, take no more than so much memory, and their names do no harm."""

from __future__ import annotations

import ast
import io
import pickle
import resource
import shutil
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gallery.annotations.names import EnrollError, Name, folder_names
from gallery.images import read_picture
from gallery.io.spelling import printable
from gallery.roster import read_roster
from gallery.roster_file import RosterError
from tests.worlds.bad_inputs import command, contents, draw_world, huge_png
from tests.worlds.gallery import draw_gallery
from tests.worlds.report import SURE, Life, write_run
from tracker import safe_yaml
from tracker.output.table import TableError, TrackTable
from tracker.render.lettering import PlateStyle, draw_plate
from tracker.text import bare, guarded
from tracker.video.file import VideoFile
from tracker.video.image_sequence import open_folder
from tracker.video.source import VideoError

ROOT = Path(__file__).resolve().parents[2]
NASTY = [
    "=1+1",
    "+Ann",
    "-Ann",
    "@Ann",
    "\tAnn",
    "'=Ann",
    "''=x",
    "'Ann",
    "O'Neil",
    "Ann",
    "-",
    "=",
]


class Trap:
    """A pickle of it makes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.mark), "w")


def _traps(folder: Path) -> dict[str, Path]:
    """The trap as every kind of file that may hold a pickle. Their mark is folder/sprung."""
    import torch

    trap = Trap(folder / "sprung")
    array = np.array([trap], dtype=object)
    torch.save({"model": trap}, folder / "zip.pt")
    torch.save({"state_dict": trap}, folder / "zip.pth")
    (folder / "plain.pt").write_bytes(pickle.dumps(trap))
    (folder / "plain.pth").write_bytes(pickle.dumps(trap, protocol=2))
    np.save(folder / "a.npy", array, allow_pickle=True)
    np.savez(folder / "a.npz", key=array, embeddings=array, allow_pickle=np.array(True))
    return {file.name: file for file in folder.iterdir()}


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("safe"))


def test_the_trap_springs_where_a_pickle_is_loaded(tmp_path: Path) -> None:
    traps = _traps(tmp_path)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(traps["plain.pt"].read_bytes())
    assert (tmp_path / "sprung").exists()


DOORS = {
    "detector": "track {w}/seq -o {t}/out --detector {trap}",
    "encoder": "track {w}/seq --detections {w}/gt.txt --gallery {w}/gallery -o {t}/out "
    "--encoder {trap}",
    "check": "gallery check {w}/gallery --encoder {trap}",
    "offsets": "track {w}/text -o {t}/out --set follow.offsets.weights={trap}",
    "export": "export-onnx offsets -o {t}/out --weights {trap}",
    "detections": "track {w}/text -o {t}/out --detections {trap}",
    "source": "track {trap} -o {t}/out",
    "boxes": "gallery cut {w}/seq --boxes {trap} -o {t}/out",
    "config": "track {w}/text -o {t}/out --config {trap}",
    "truth": "eval {trap} {w}/run",
}


@pytest.mark.parametrize("door", DOORS)
def test_no_pickle_is_loaded_from_a_path(door: str, good: Path, tmp_path: Path) -> None:
    for trap in _traps(tmp_path).values():
        words = DOORS[door].format(w=good, t=tmp_path, trap=trap).split(" ")
        ended = command(words)
        assert not (tmp_path / "sprung").exists(), trap
        assert (ended.code, len(ended.lines)) == (2, 1), (trap, ended)


def test_a_booby_trapped_store_is_not_loaded(good: Path, tmp_path: Path) -> None:
    shutil.copytree(good / "run", tmp_path / "run")
    shutil.copy(_traps(tmp_path)["a.npz"], tmp_path / "run/observations/gallery.npz")
    words = f"track {good}/seq --detections {good}/seq/det/det.txt --gallery {good}/gallery "
    assert command([*words.split(), "-o", str(tmp_path / "run"), "--resume"]).code == 0
    assert not (tmp_path / "sprung").exists()


def test_an_unfinished_training_is_not_unpickled(tmp_path: Path) -> None:
    from tracker.training.train import Training, TrainingError

    _traps(tmp_path)
    with pytest.raises(TrainingError):
        Training.begin(20, 0).load(tmp_path / "plain.pt", {})
    assert not (tmp_path / "sprung").exists()


FORBIDDEN = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
UNSAFE_YAML = {"load", "load_all", "unsafe_load", "full_load", "UnsafeLoader", "FullLoader"}


def _forbidden(source: str) -> list[str]:
    """The calls of a module that could run code out of a file, or a shell."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            whole = f"{node.value.id}.{node.attr}"
            bad = node.value.id == "yaml" and node.attr in UNSAFE_YAML
            bad |= whole in ("os.system", "os.popen", "pd.read_pickle", "tempfile.mktemp")
            bad |= node.value.id == "pickle" and node.attr != "UnpicklingError"
            found += [whole] if bad else []
        if not isinstance(node, ast.Call):
            continue
        said = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
        name = ast.unparse(node.func)
        if name in FORBIDDEN or said.get("shell") is True or said.get("allow_pickle") is True:
            found.append(name)
        if name == "torch.load" and said.get("weights_only") is not True:
            found.append("torch.load without weights_only=True")
        if name == "np.load" and said.get("allow_pickle") is not False:
            found.append("np.load without allow_pickle=False")
        if name.endswith((".extractall", ".extract")):
            found.append(name)
    return found


def test_no_module_can_run_code_out_of_a_file() -> None:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    assert len(files) > 100
    found = {str(f.relative_to(ROOT)): _forbidden(f.read_text(encoding="utf-8")) for f in files}
    assert not {file: calls for file, calls in found.items() if calls}


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(f)", "torch.load(f, weights_only=False)", "np.load(f)", "yaml.load(f)",
        "np.load(f, allow_pickle=True)", "pickle.load(f)", "eval(text)", "pd.read_pickle(f)",
        "archive.extractall(out)", "subprocess.run(words, shell=True)", "os.system(text)",
    ],
)  # fmt: skip
def test_the_walk_sees(line: str) -> None:
    assert _forbidden(line)


@pytest.mark.parametrize("side", [60_000, 30_000])
def test_a_video_as_large_as_a_town_is_refused(side: int, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(huge_png(side, side))
    with pytest.raises(VideoError, match=r"film\.mp4"):
        VideoFile(tmp_path / "film.mp4")


@pytest.mark.parametrize("side", [60_000, 30_000])
def test_a_picture_bomb_takes_no_memory(side: int, tmp_path: Path) -> None:
    for file in ("1.png", "2.png"):
        (tmp_path / file).write_bytes(huge_png(side, side))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_picture(tmp_path / "1.png") is None
    with pytest.raises(VideoError, match=r"1\.png"):
        open_folder(tmp_path)
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert taken < 100_000_000


@pytest.mark.parametrize("laughs", ["a: &a [x]\nb: *a\n", "a: &a {x: 1}\n", "[" * 9000])
def test_yaml_that_grows_is_refused(laughs: str) -> None:
    with pytest.raises(safe_yaml.YamlError, match="line 1"):
        safe_yaml.parse(laughs)


@pytest.mark.parametrize("text", NASTY)
def test_a_guarded_cell_comes_back(text: str) -> None:
    assert bare(guarded(text)) == text
    assert guarded(text)[0] not in "=+-@\t\r"
    assert guarded("Ann") == "Ann"


def test_names_in_tracks_csv_are_no_formulas_and_come_back(tmp_path: Path) -> None:
    lives = [Life(n, name, (("visible", 3, SURE),), x=20.0 * n) for n, name in enumerate(NASTY, 1)]
    out = write_run(tmp_path / "run", lives, None)
    raw = pd.read_csv(out / "tracks.csv", keep_default_na=False)
    assert not raw["player"].str.match(r"[=+\-@\t\r]").any()
    table = TrackTable.read_csv(out / "tracks.csv")
    assert list(table.rows["player"][: len(NASTY)]) == NASTY
    table.to_csv(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (out / "tracks.csv").read_bytes()


def test_numbers_are_not_guarded(tmp_path: Path) -> None:
    out = write_run(tmp_path / "run", [Life(1, "-Ann", (("visible", 3, SURE),))], None)
    table = TrackTable.read_csv(out / "tracks.csv")
    TrackTable.of(table.rows.assign(x1=-15.0)).to_csv(tmp_path / "t.csv")
    assert "'-Ann,1.0000,visible,-15.00," in (tmp_path / "t.csv").read_text()


def test_the_report_knows_a_guarded_name(tmp_path: Path) -> None:
    from tracker.output.row_arrays import read_rows

    out = write_run(tmp_path / "run", [Life(1, "=Ann", (("visible", 3, SURE),))], None)
    assert read_rows(out / "tracks.csv", 10).names == ["=Ann"]


def test_the_tables_of_eval_are_no_formulas(good: Path, tmp_path: Path) -> None:
    shutil.copytree(good / "run", tmp_path / "=cmd")
    ended = command(["eval", str(good / "gt.txt"), str(tmp_path / "=cmd"), "-o", f"{tmp_path}/o"])
    assert ended.code == 0, ended.lines
    text = (tmp_path / "o" / "scores.csv").read_text()
    assert "'=cmd" in text
    assert "\n=cmd" not in text


def test_a_terminal_is_not_steered() -> None:
    assert printable("a\x1b[31mb\x07\u202ec") == "a\\x1b[31mb\\x07\\u202ec"
    assert printable("two\nlines, Zoë ⚽ 🏃‍♀️ שלום") == "two\nlines, Zoë ⚽ 🏃‍♀️ שלום"


def test_an_escape_in_a_path_is_shown_not_obeyed(tmp_path: Path) -> None:
    ended = command(["track", f"{tmp_path}/\x1b[2J.mp4", "-o", f"{tmp_path}/o"])
    assert ended.code == 2
    assert "\\x1b[2J.mp4" in ended.lines[0]


def test_a_path_that_is_no_text_is_refused_before_the_work(tmp_path: Path) -> None:
    ended = command(["track", f"{tmp_path}/\udce9.mp4", "-o", f"{tmp_path}/o"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "UTF-8" in ended.lines[0]


def test_a_truth_of_too_many_rows_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from gallery.annotations import boxes

    monkeypatch.setattr(boxes, "MAX_BOXES", 3)
    with pytest.raises(EnrollError, match="more than 3"):
        boxes.parse_boxes("1,1,1,1,9,9\n" * 4, "gt.txt")


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[0m", "", " ", "\u202eAnn", "a\u2028b", "x" * 301])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(EnrollError, match="a name"):
        Name(name)


def test_names_that_look_the_same_are_the_same() -> None:
    assert Name("Jose\u0301") == Name("José")


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    draw_gallery(tmp_path / "g", pictures=2)
    shutil.copytree(tmp_path / "g" / "Ann", tmp_path / "g" / "José")
    shutil.copytree(tmp_path / "g" / "Bea", tmp_path / "g" / "Jose\u0301")
    with pytest.raises(RosterError, match="second folder"):
        read_roster(tmp_path / "g")


ODD = ["a/b", "a\\b", "..", "../../etc", "⚽", "\u200fשלום", "x" * 300, "CON", "Ann", "ANN", "a:b"]


def test_no_name_leaves_its_folder() -> None:
    folders = folder_names(ODD)
    assert len({unicodedata.normalize("NFC", f).casefold() for f in folders.values()}) == len(ODD)
    for folder in folders.values():
        assert Path(folder).name == folder
        assert folder not in ("..", ".")


@pytest.mark.parametrize("player", ODD)
def test_gallery_add_stays_in_the_gallery(player: str, good: Path, tmp_path: Path) -> None:
    words = ["gallery", "add", f"{good}/seq", "--gallery", f"{tmp_path}/g", "--frame", "3"]
    before = contents(good)
    ended = command([*words, "--box", "74,100,40,100", "--player", player])
    assert ended.code == 0, ended.lines
    assert contents(good) == before
    assert [p.name for p in tmp_path.iterdir()] == ["g"]
    assert len(list((tmp_path / "g").glob("*/*.jpg"))) == 1


@pytest.mark.parametrize("text", [*ODD, "a\x1b[31mb", "\u202eAnn", "\n", "\t", "\ud800", ""])
def test_any_text_can_be_lettered(text: str) -> None:
    width, height = draw_plate(text, 14, PlateStyle((0, 0, 0), (255, 255, 255))).size
    assert 0 < width < 1000
    assert 0 < height < 60


def test_a_table_that_cannot_be_is_refused(tmp_path: Path) -> None:
    out = write_run(tmp_path / "run", [Life(1, "Ann", (("visible", 3, SURE),))], None)
    good = (out / "tracks.csv").read_text()
    for was, now in (("\n1,", "\n99999999999,"), ("\n1,", "\n0,"), (",80.00,", ",1e300,")):
        (tmp_path / "t.csv").write_text(good.replace(was, now, 1))
        with pytest.raises(TableError, match="line 2"):
            TrackTable.read_csv(tmp_path / "t.csv")


@pytest.mark.parametrize("inside", ["../gt/gt.txt", "/gt/gt.txt", "C:/gt/gt.txt", "a/../gt/gt.txt"])
def test_paths_of_an_archive_do_not_count_outside_it(inside: str, tmp_path: Path) -> None:
    from gallery.annotations.cvat import read_cvat

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(inside, "1,1,1,1,50,90,1,1,1\n")
        archive.writestr(inside.replace("gt.txt", "labels.txt"), "Ann\n")
    (tmp_path / "b.zip").write_bytes(data.getvalue())
    with pytest.raises(EnrollError, match=r"b\.zip"):
        read_cvat(tmp_path / "b.zip")


NASTY_HTML = '</script><img src=x onerror="alert(1)">&'


def test_a_name_is_no_markup(tmp_path: Path) -> None:
    lives = [
        Life(1, NASTY_HTML, (("visible", 20, SURE),)),
        Life(2, "Bea", (("visible", 20, SURE),)),
    ]
    out = write_run(tmp_path / "run", lives, [NASTY_HTML, "Bea"])
    assert command(["report", str(out)]).code == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert NASTY_HTML not in page
