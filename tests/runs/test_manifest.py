"""The checksums of a folder's files."""

from __future__ import annotations

from pathlib import Path

from ftcli.runs.manifest import damage, renew, vouches_for, write_manifest


def folder_with(path: Path, *names: str) -> list[Path]:
    files = [path / name for name in names]
    for file in files:
        file.write_text(file.name, encoding="utf-8")
    write_manifest(path, files)
    return files


def test_what_is_renewed_is_vouched_for_and_damage_elsewhere_stays_seen(tmp_path: Path) -> None:
    card, weights = folder_with(tmp_path, "card", "weights")
    assert damage(tmp_path, [card, weights]) == []
    card.write_text("another", encoding="utf-8")
    weights.write_text("damaged", encoding="utf-8")
    renew(tmp_path, card)
    assert vouches_for(tmp_path, card)
    assert damage(tmp_path, [card, weights]) == [f"{weights}: damaged (its checksum is another)"]
