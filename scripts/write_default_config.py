"""Write configs/default.yaml from the settings in tracker/settings.py."""

from pathlib import Path

from tracker.config import describe

if __name__ == "__main__":
    target = Path(__file__).parent.parent / "configs" / "default.yaml"
    target.write_text(describe(), encoding="utf-8")
    print(f"wrote {target}")
