"""The `gallery` commands: people, cut, add, check, suggest, export. No logic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.options import Overwrite, taking
from tracker.text import say, show

gallery_app = typer.Typer(
    help="Make and mend the gallery of players.\n\nExample: teamsheet gallery check players/",
    no_args_is_help=True,
)

Encoder = Annotated[
    str,
    typer.Option(
        help="auto, stripes, a name of teamsheet weights list, or a Re-ID model file (.onnx, .xml, "
        ".pth), as in track."
    ),
]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:0, ...")]
New = Annotated[
    bool, typer.Option("--new", help="Make a new player even where the name is much like another.")
]

MovedVideo = Annotated[
    str | None, typer.Option("--video", help="Where the video is now, if it was moved since.")
]


@gallery_app.command("people", short_help="Begin a gallery with the people of a run.")
def gallery_people(
    run: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run, with names or not.")],
    video: MovedVideo = None,
    tracklets: Annotated[
        int,
        typer.Option(
            "--pieces", min=1, help="So many tracklets (stretches of one person), the longest."
        ),
    ] = 40,
    per_tracklet: Annotated[
        int, typer.Option("--per-piece", min=1, help="Pictures of each at most.")
    ] = 6,
    roster: Annotated[
        Path | None,
        typer.Option(
            metavar="SHEET",
            help="A team sheet (.csv, .xlsx): names are proposed by the numbers read on shirts. "
            "Without one by the roster of the run.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Begin a gallery: the people of a run as pictures, in OUT/people, for you to name.

    Example: teamsheet gallery people first/

    Look at first/people/sheet.html, write names into first/people/names.csv, then:
    teamsheet gallery add --from first/people --gallery players/

    Tracks are cut where they met others, because they may have gone over to one of them.
    """
    from tracker.runs import gallery_commands

    show(gallery_commands.people(run, video, tracklets, per_tracklet, overwrite, roster))


@dataclass(frozen=True, slots=True)
class CutOptions:
    """What `teamsheet gallery cut` takes."""

    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="A clip in which it is known who is where.")
    ]
    boxes: Annotated[
        Path,
        typer.Option(
            help="Its boxes: MOT gt.txt; CVAT's export (.zip, .xml); COCO's or Label Studio's "
            "JSON; or tracks.csv of a run you have looked at."
        ),
    ]
    out: Annotated[Path, typer.Option("-o", "--out", help="The gallery folder to make.")]
    names: Annotated[
        Path | None,
        typer.Option(
            help="Who the ids are: names.csv (id,name,...) or gameinfo.ini. MOT files need it; "
            "in CVAT, COCO and Label Studio the label is the name."
        ),
    ] = None
    player: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this player; may be repeated. From tracks.csv then all their visible boxes."
        ),
    ] = None
    attribute: Annotated[
        str,
        typer.Option(
            help="What holds the name, if it is not the label: an attribute of CVAT or COCO, Label "
            "Studio's per-region TextArea or Choices."
        ),
    ] = ""
    sure: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="tracks.csv: only anchors (sure names) of at least this player_confidence.",
        ),
    ] = 0.9
    per_player: Annotated[int, typer.Option(min=1, help="Pictures per player.")] = 12
    min_pictures: Annotated[
        int,
        typer.Option(
            min=1,
            help="Leave out players with fewer clean pictures; down to so many, blurred ones and "
            "near copies are dropped.",
        ),
    ] = 4
    frames: Annotated[
        str,
        typer.Option(metavar="A:B", help="Only frames A to B, 1-based, both included."),
    ] = ""
    overwrite: Overwrite = False


@gallery_app.command("cut", short_help="Cut a gallery from an annotated clip.")
@taking(CutOptions)
def gallery_cut(given: CutOptions) -> None:
    """Cut a gallery from a clip in which it is known who is where.

    Example: teamsheet gallery cut clip.mp4 --boxes gt.txt --names names.csv -o players/

    CVAT: one label per player, then export as MOT 1.1 (attributes are not in that export).
    Label Studio: one label per player, or one label and a perRegion TextArea or Choices, then
    --attribute with its name; export as JSON. A name that begins with _ is no player.
    """
    from tracker import config
    from tracker.runs import gallery_commands

    done = gallery_commands.cut_gallery(
        given.video, given.boxes, given.names, given.out, config.frame_range(given.frames),
        given.per_player, given.min_pictures, given.overwrite, say, players=given.player or (),
        attribute=given.attribute, sure=given.sure,
    )  # fmt: skip
    show(done)


@gallery_app.command("add", short_help="Add pictures that you have accepted.")
def gallery_add(
    gallery: Annotated[Path, typer.Option(help="The gallery to add to.")],
    video: Annotated[
        str | None, typer.Argument(metavar="VIDEO", help="The video to cut from, or OUT of a run.")
    ] = None,
    frame: Annotated[int | None, typer.Option(min=1, help="The frame, from 1.")] = None,
    box: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="The player's box in pixels.")
    ] = None,
    xyxy: Annotated[
        str | None, typer.Option(metavar="X1,Y1,X2,Y2", help="Or its corners, as in tracks.csv.")
    ] = None,
    track: Annotated[
        int | None, typer.Option(min=0, help="Or a track of a run, whose OUT stands for VIDEO.")
    ] = None,
    moved: Annotated[
        str | None, typer.Option("--video", help="With --track: where the video is now.")
    ] = None,
    player: Annotated[str | None, typer.Option(help="Who it is.")] = None,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Instead: a folder per player, such as OUT/people or OUT/suggest."
        ),
    ] = None,
    new: New = False,
) -> None:
    """Add pictures: one box of a video, or a folder of pictures you have accepted.

    Example: teamsheet gallery add match.mp4 --frame 240 --box 812,340,64,150 --player "Ada Novak"
    --gallery players/

    Or: teamsheet gallery add out/ --frame 240 --track 17 --player "Ada Novak" --gallery players/

    Or: teamsheet gallery add --from first/people --gallery players/
    """
    from tracker.runs import gallery_commands

    place_given = gallery_commands.OneBox(video, frame, player, box, xyxy, track, moved)
    show(gallery_commands.add(gallery, place_given, from_, new, say))


@gallery_app.command("check", short_help="Who can be told apart, who cannot.")
def gallery_check(
    gallery: Annotated[
        Path,
        typer.Argument(
            metavar="GALLERY",
            help="Folder with a folder of pictures per player, or a team sheet (.csv, .xlsx).",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Also write this HTML page, with pictures.")
    ] = None,
    encoder: Encoder = "auto",
    device: Device = "cpu",
    overwrite: Overwrite = False,
) -> None:
    """Who can be told apart, who cannot, and which pictures may be in the wrong folder.

    Example: teamsheet gallery check players/ --encoder reid.onnx -o check.html

    Of a team sheet, how it is read: teamsheet gallery check sheet.xlsx
    """
    from gallery.check_table import print_check
    from gallery.html_page import check_page, write_check
    from gallery.io.terminal import console
    from gallery.team_sheet.cells import is_sheet
    from tracker.runs import gallery_commands

    if is_sheet(gallery):
        gallery_commands.check_team_sheet(gallery, out is not None, console())
        return
    if out is not None:
        check_page(out, overwrite)
    check = gallery_commands.check_gallery(gallery, encoder, device)
    print_check(check, console())
    if out is not None:
        write_check(check, gallery, out, overwrite)
        show(f"wrote {out}")


@gallery_app.command("suggest", short_help="Pictures that would help a run most.")
def gallery_suggest(
    run: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run with --gallery.")],
    video: MovedVideo = None,
    pictures: Annotated[int, typer.Option(min=1, help="Pictures in all.")] = 24,
    per_player: Annotated[int, typer.Option(min=1, help="Pictures per player.")] = 6,
    overwrite: Overwrite = False,
) -> None:
    """Pictures of the people whose names are least certain, in OUT/suggest, for you to sort.

    Example: teamsheet gallery suggest out/

    Look at out/suggest/sheet.html, delete what is wrong, move pictures of another player, then:
    teamsheet gallery add --from out/suggest --gallery players/
    """
    from tracker.runs import gallery_commands

    show(gallery_commands.suggest(run, video, pictures, per_player, overwrite))


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What `teamsheet gallery export` takes."""

    what: Annotated[
        str,
        typer.Argument(
            metavar="OUT_OR_GALLERY",
            help="OUT of a run, or a gallery, or with --boxes an annotated video.",
        ),
    ]
    to: Annotated[
        str,
        typer.Option(
            help="yolo-detect: frames with boxes (of a run or video); yolo-cls: a folder of crops "
            "per player."
        ),
    ]
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to make.")]
    video: MovedVideo = None
    boxes: Annotated[
        Path | None, typer.Option(help="Who is where in the video, as in gallery cut.")
    ] = None
    names: Annotated[Path | None, typer.Option(help="Who the ids of --boxes are.")] = None
    attribute: Annotated[str, typer.Option(help="What holds the name, as in gallery cut.")] = ""
    sure: Annotated[
        float,
        typer.Option(min=0, max=1, help="Of a run: least player_confidence of a name to learn."),
    ] = 0.9
    pictures: Annotated[
        int, typer.Option(min=2, help="Frames at most; of yolo-cls crops per player.")
    ] = 400
    every: Annotated[int, typer.Option(min=1, help="Only every so-many-th frame.")] = 1
    overwrite: Overwrite = False


@gallery_app.command("export", short_help="A data set to train a model of your own.")
@taking(ExportOptions)
def gallery_export(given: ExportOptions) -> None:
    """A data set in Ultralytics' layout, and the command that trains a model of your own of it.

    Example: teamsheet gallery export out/ --to yolo-detect -o data/

    Names that you have confirmed or that are sure are classes. Who is seen for 3 s and never named
    is of the class _other. Who may be somebody is painted over in grey, for a wrong or missing
    label would teach a mistake. The last fifth of the time, 2 s apart, is for validation.
    """
    from tracker.cli.progress import counting_bar
    from tracker.runs.gallery_export import ExportWish, export

    wish = ExportWish(
        given.what, given.to, given.out, given.video, given.boxes, given.names, given.attribute,
        given.sure, given.pictures, given.every, given.overwrite,
    )  # fmt: skip
    with counting_bar("frames") as progress:
        report = export(wish, say, progress)
    show(str(report))
