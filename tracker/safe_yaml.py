"""YAML from anybody, without what makes little text large (anchors, merges, endless nesting) and
without tags."""

from __future__ import annotations

from typing import Any

import yaml

from tracker.errors import TeamsheetError
from tracker.limits import MAX_SETTINGS_BYTES, MAX_SETTINGS_DEPTH

_OPENERS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class YamlError(TeamsheetError):
    """The text cannot be used; the message says the line where there is one."""


def parse(text: str) -> Any:
    """Plain values, lists and sections. Raises YamlError."""
    if len(text) > MAX_SETTINGS_BYTES:
        raise YamlError(f"larger than {MAX_SETTINGS_BYTES} bytes; no settings are")
    depth = 0
    try:
        for token in yaml.scan(text):
            line = token.start_mark.line + 1
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise YamlError(f"line {line}: write settings without & and *")
            # PyYAML fails in many ways on a tag that is no such thing
            if isinstance(token, yaml.TagToken):
                raise YamlError(f"line {line}: write plain values, without tags (!, !!)")
            depth += isinstance(token, _OPENERS)
            depth -= isinstance(token, _CLOSING)
            if depth > MAX_SETTINGS_DEPTH:
                raise YamlError(f"line {line}: nested too deep for settings")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise YamlError(f"{where}not valid YAML") from error
    except (ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(f"a value that cannot be read ({str(error)[:80]})") from error
