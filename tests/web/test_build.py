# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages' scripts can be built again by anybody: same source, same bytes, wherever it lies."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src/demur/web/static/demur/js"


def copied(place: Path) -> Path:
    """The source that a build reads, elsewhere; packages as hard links."""
    for folder in ("assets/lib", "assets/pages", "src/demur/web/static"):
        shutil.copytree(
            ROOT / folder, place / folder, ignore=shutil.ignore_patterns("js") if "static" in folder else None
        )
    shutil.copytree(ROOT / "assets/node_modules", place / "assets/node_modules", copy_function=os.link, symlinks=True)
    for name in ("build.mjs", "package.json", "package-lock.json"):
        shutil.copy(ROOT / "assets" / name, place / "assets" / name)
    return place


def build(source: Path, into: Path) -> dict[str, dict[str, object]]:
    done = subprocess.run(
        ["node", str(source / "assets/build.mjs"), "--into", str(into)],
        cwd="/",
        env={**os.environ, "TZ": "Asia/Jakarta", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads((into / "assets.json").read_text()))


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two builds, of copies in folders with nothing in common."""
    places = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("another") / "with a space" / "ünd so weiter"
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        build(copied(place / "source"), place / "built")
    return places[0] / "built", places[1] / "built"


def test_two_builds_in_two_folders_give_the_same_bytes(twice: tuple[Path, Path]) -> None:
    one, other = ({p.relative_to(b).as_posix(): p.read_bytes() for p in b.rglob("*") if p.is_file()} for b in twice)

    assert len(one) >= 12
    assert one == other


def test_a_second_build_writes_nothing_that_did_not_change(twice: tuple[Path, Path], tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in twice[0].rglob("*") if path.is_file()}
    build(twice[0].parent / "source", twice[0])

    assert {path: path.stat().st_mtime_ns for path in twice[0].rglob("*") if path.is_file()} == before


def test_nothing_of_this_machine_is_in_a_script(twice: tuple[Path, Path]) -> None:
    for path in (twice[1] / "static").rglob("*.js"):
        text = path.read_text()
        assert not re.search(r"sourceMappingURL|node_modules|file://", text), path
        assert [place for place in (ROOT, twice[1].parent, Path.home()) if f"{place}/" in text] == [], path
        assert not re.search(r"\beval\(|new Function\(|\.innerHTML|document\.write", text), path


def test_each_package_that_went_into_a_script_is_there_with_its_licence(twice: tuple[Path, Path]) -> None:
    licences = (twice[0] / "static/demur/js/licences.txt").read_text()

    assert {"@noble/hashes", "@noble/post-quantum", "age-encryption", "smol-toml"} <= set(
        re.findall(r"^(\S+) [0-9.]+ \([^)]+\)$", licences, re.MULTILINE)
    )
    assert "Permission is hereby granted" in licences


def test_a_build_that_cannot_be_made_says_which_script_and_why(tmp_path: Path) -> None:
    source = copied(tmp_path / "source")
    (source / "assets/pages/author/case.js").write_text('import "./not-there.js";\n')
    done = subprocess.run(
        ["node", str(source / "assets/build.mjs"), "--into", str(tmp_path / "built")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "build: case: " in done.stderr
    assert "not-there.js" in done.stderr


def test_every_package_is_pinned_by_its_hash_and_no_registry_is_named() -> None:
    lock = json.loads((ROOT / "assets/package-lock.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}

    assert all(row["integrity"].startswith("sha512-") and "resolved" not in row for row in packages.values())
    assert [name for name in packages if name.count("node_modules/") > 1] == []  # nothing is carried twice


def test_what_is_built_here_is_what_this_source_gives(twice: tuple[Path, Path]) -> None:
    for fresh in (twice[0] / "static/demur/js").rglob("*.*"):
        name = fresh.relative_to(twice[0] / "static/demur/js")
        assert (BUILT / name).read_bytes() == fresh.read_bytes(), f"{name} is stale; run script/setup dev"


def test_a_wheel_carries_all_that_browsers_are_sent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", str(ROOT), "--wheel-dir", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        carried = {name.removeprefix("demur/web/") for name in wheel.namelist() if name.startswith("demur/web/")}

    web = ROOT / "src/demur/web"
    wanted = {path.relative_to(web).as_posix() for path in (web / "static").rglob("*") if path.is_file()}
    assert wanted | {"assets.json"} <= carried
    assert (
        len([name for name in carried if name.startswith("packed/")]) >= len(wanted) - 1
    )  # each also as packed by the build
