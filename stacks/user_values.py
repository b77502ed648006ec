"""The customer's own Helm values: one YAML file, read as data and merged last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.errors import InputError, Problem


def load_values(path: Path) -> Mapping[str, Any]:
    """The mapping in the file; an empty file is an empty one.

    Raises:
        InputError: the file cannot be read, is not YAML of plain data, or holds something else than a mapping.
    """
    from recommender.yaml_reader import DuplicateKeyError, NestingError, YAMLError, read_yaml

    try:
        found = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, str(getattr(error, "strerror", None) or "not UTF-8"), "a file that can be read") from error
    except YAMLError as error:
        where = f"line {error.line}, column {error.column}: {error.reason}"
        raise _refused(path, where, "one YAML document of plain data") from error
    except DuplicateKeyError as error:
        raise _refused(path, f"line {error.line}: {error.key} twice", "each key once") from error
    except NestingError as error:
        raise _refused(path, "an endless or very deep document", "one YAML document of plain data") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _refused(path, type(found).__name__, "a mapping of the chart's keys")
    return found


def _refused(path: Path, given: str, allowed: str) -> InputError:
    return InputError([Problem(f"{path.name}", given, allowed, "Mend the file of your own Helm values.")])
