"""Broken tables of measures: spellings, atlases, units, words for what is missing, files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from judging import Case
from material import HEAD, Material, compare_measures, measures

KIND = "morphometry"
PREPARE = ("prepare", "cohort.csv", "--morphometry", "measures.csv", "--out", "table")
Change = Callable[[pd.DataFrame], pd.DataFrame | str]


def _values(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "morphometry.csv", dtype={"subject": str}).set_index("subject")
    return table.drop(columns="split").sort_index()


def _same_numbers(folder: Path, material: Material) -> str:
    """Compare the columns' numbers, whatever the columns are called."""
    mine, theirs = _values(folder / "table"), _values(material.made / "measured")
    if mine.shape != theirs.shape:
        return f"{mine.shape[1]} of {theirs.shape[1]} columns, {len(mine)} of {len(theirs)} people"
    stacked = [np.stack(sorted(frame.to_numpy().T.tolist())) for frame in (mine, theirs)]
    return "" if np.allclose(*stacked, rtol=1e-5, equal_nan=True) else "numbers differ"


def _exactly(folder: Path, material: Material) -> str:
    return compare_measures(folder / "table", material.made / "measured")


def _missing_one(folder: Path, material: Material) -> str:
    """Compare with the clean table whose cell (row 3, first column) is not known."""
    mine, theirs = _values(folder / "table"), _values(material.made / "measured")
    if set(mine.columns) != set(theirs.columns) or len(mine) != len(theirs):
        return f"{mine.shape[1]} of {theirs.shape[1]} columns, {len(mine)} of {len(theirs)} people"
    subject = measures(material)["subject"][3]
    theirs.loc[subject, "lh_insula_thickness"] = np.nan
    return "" if np.allclose(mine[theirs.columns], theirs, rtol=1e-5, equal_nan=True) else "numbers differ"


def _case(name: str, expects: str, change: Change, compare=_exactly, says: Sequence[str] = ()) -> Case:
    def make(folder: Path, material: Material) -> None:
        for file in ("cohort.csv", "cohort.json"):
            (folder / file).write_bytes((material.made / file).read_bytes())
        changed = change(measures(material))
        text = changed if isinstance(changed, str) else changed.to_csv(index=False)
        (folder / "measures.csv").write_text(text, encoding="utf-8")

    products = ("table/morphometry.json",)
    return Case(KIND, f"measures: {name}", expects, make, (PREPARE,), compare, says, products)


def _renamed(change: Callable[[str], str]) -> Change:
    return lambda frame: frame.rename(columns=lambda name: name if name == "subject" else change(name))


def _aseg(change: Callable[[str], str]) -> Change:
    return _renamed(lambda name: change(name) if name.startswith(("Left-", "Right-")) else name)


def _cortex(change: Callable[[str], str]) -> Change:
    return _renamed(lambda name: change(name) if name.endswith("_thickness") else name)


def _cell(word: str, row: int = 3, column: int = 1) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.astype(object)
        frame.iloc[row, column] = word
        return frame

    return change


def _scaled(factor: float, *names: str) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        wanted = [c for c in frame.columns if any(name in c for name in names)]
        frame[wanted] = frame[wanted] * factor
        return frame

    return change


def _spellings() -> list[Case]:
    same = [
        ("columns in another order", lambda f: f[["subject", *f.columns[:0:-1]]]),
        ("rows in another order", lambda f: f.iloc[::-1]),
        ("column of subjects in the middle", lambda f: f[[*f.columns[1:9], "subject", *f.columns[9:]]]),
        ("semicolons and decimal commas in measures", lambda f: f.to_csv(index=False, sep=";", decimal=",")),
        ("tabs in measures", lambda f: f.to_csv(index=False, sep="\t")),
        ("sex, age and site beside", lambda f: f.assign(sex="F", age="30", site="A")),
        ("an index column of pandas in measures", lambda f: f.assign(**{"Unnamed: 0": range(len(f))})),
        ("scientific numbers", lambda f: f.to_csv(index=False, float_format="%.8e")),
        ("a mark of byte order in measures", lambda f: "\ufeff" + f.to_csv(index=False)),
        ("sub- before the ids", lambda f: f.assign(subject="sub-" + f["subject"])),
        (
            "people of another cohort too",
            lambda f: pd.concat([f, f.iloc[:2].assign(subject=["990001", "990002"])]),
        ),
    ]
    spelt = [
        ("R: Left.Hippocampus", _aseg(lambda n: n.replace("-", "."))),
        ("R: everything with dots", _renamed(lambda n: n.replace("-", ".").replace("_", "."))),
        ("Left_Hippocampus", _aseg(lambda n: n.replace("-", "_"))),
        ("Left Hippocampus", _aseg(lambda n: n.replace("-", " "))),
        ("LeftHippocampus", _aseg(lambda n: n.replace("-", ""))),
        ("left-hippocampus", _aseg(str.lower)),
        ("LEFT-HIPPOCAMPUS", _aseg(str.upper)),
        ("lower-case throughout", _renamed(str.lower)),
        ("upper-case throughout", _renamed(str.upper)),
        ("ctx-lh-insula", _cortex(lambda n: f"ctx-{n[:2]}-{n[3:-10]}")),
        ("lh.insula.thickness", _cortex(lambda n: n.replace("_", "."))),
        ("lh-insula-thickness", _cortex(lambda n: n.replace("_", "-"))),
        ("insula_thickness_lh", _cortex(lambda n: f"{n[3:]}_{n[:2]}")),
        ("lh_insula", _cortex(lambda n: n[:-10])),
        ("thickness_lh_insula", _cortex(lambda n: f"thickness_{n[:-10]}")),
        ("L_insula_thickavg of ENIGMA", _cortex(lambda n: f"{n[0].upper()}_{n[3:-10]}_thickavg")),
        ("Lhippo of ENIGMA", _aseg(lambda n: f"{n[0]}{n.split('-')[1].lower()[:5]}")),
        ("names with a prefix of the study", _renamed(lambda n: f"UKB_{n}")),
        ("names with a suffix of the visit", _renamed(lambda n: f"{n}_T1")),
        ("translated: Hipocampo izquierdo", _aseg(lambda n: n.replace("Left-Hippocampus", "Hipocampo izquierdo"))),
        ("quotes inside names", _renamed(lambda n: f"'{n}'")),
        ("most names unknown", _renamed(lambda n: n if "insula" in n else f"x{len(n)}{n[::-1]}")),
        ("most names numbers", _renamed(lambda n: n if "insula" in n else str(sum(map(ord, n))))),
    ]
    out = [_case(name, "same", change) for name, change in same]
    # understood, refused, or, where most columns are kept, the lost ones named; never half a table in silence
    for name, change in spelt:
        most_kept = name.startswith(("R: Left", "Left", "left", "LEFT", "Lhippo", "translated"))
        expects, says = ("warned", ("left out",)) if most_kept else ("either", ())
        out.append(_case(name, expects, change, _same_numbers, says))
    return out


def _atlases() -> list[Case]:
    def dkt_beside(frame: pd.DataFrame) -> pd.DataFrame:
        more = {f"{c}_DKT": frame[c] * 0.9 for c in frame.columns if c.endswith("_thickness")}
        return frame.assign(**more)

    def dkt_first(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[["subject"]].join(dkt_beside(frame).drop(columns="subject").iloc[:, ::-1])

    def conflicting(frame: pd.DataFrame) -> str:
        text = frame.assign(lh_insula_thickness2=frame["lh_insula_thickness"] * 0.9).to_csv(index=False)
        return text.replace("lh_insula_thickness2", "lh_insula_thickness")

    return [
        _case("a column twice with other numbers", "refused", conflicting, says=("lh_insula_thickness",)),
        _case("DKT beside Desikan-Killiany", "warned", dkt_beside, says=("DKT",)),
        _case("DKT before Desikan-Killiany", "warned", dkt_first, says=("DKT",)),
    ]


def _units() -> list[Case]:
    return [
        _case("head size in mL", "either", _scaled(1e-3, HEAD), says=(HEAD,)),
        _case("head size in litres", "either", _scaled(1e-6, HEAD), says=(HEAD,)),
        _case(
            "head size of one person in mL",
            "refused",
            lambda f: f.assign(**{HEAD: [v / 1000 if i == 3 else v for i, v in enumerate(f[HEAD])]}),
            says=(HEAD,),
        ),
        _case("volumes in mL", "either", _scaled(1e-3, "Left-", "Right-", HEAD), says=()),
        _case("thickness in µm", "either", _scaled(1e3, "thickness"), says=("thickness",)),
        _case("thickness in cm", "either", _scaled(0.1, "thickness"), says=("thickness",)),
        _case(
            "volumes in per cent of the head",
            "either",
            lambda f: f.assign(
                **{c: 100 * f[c] / f[HEAD] for c in f.columns if c.startswith(("Left-", "Right-"))}
            ),
            says=(),
        ),
        _case(
            "z-scores in place of measures",
            "either",
            lambda f: f[["subject"]].join(
                (f.drop(columns="subject") - f.drop(columns="subject").mean()) / f.drop(columns="subject").std()
            ),
        ),
        _case("a head size of zero", "refused", _cell("0", column=-1), says=(HEAD,)),
        _case("a negative head size", "refused", _cell("-1500000", column=-1), says=(HEAD,)),
        _case("a negative volume", "refused", _cell("-4000", column=20), says=("-",)),
        _case("a negative thickness", "refused", _cell("-2.5"), says=("lh_insula_thickness",)),
        _case("a thickness of 250 mm", "refused", _cell("250"), says=("lh_insula_thickness",)),
    ]


def _cells() -> list[Case]:
    missing = ("", ".", "NA", "n/a", "N/A", "NaN", "nan", "null", "None")
    maybe = ("-", "--", "#N/A", "#DIV/0!", "?", "missing", "excluded")
    bad = (
        "-9999",
        "9999",
        "inf",
        "-inf",
        "1e400",
        "two",
        "2,5",
        "1.234,5",
        "2.5mm",
        "2.5;2.6",
        "=2+2",
        "#REF!",
        "2_5",
        "<0.1",
        "0x2",
        "True",
    )
    out = [_case(f"missing as {word!r}", "same", _cell(word), _missing_one) for word in missing]
    out += [_case(f"missing as {word!r}", "either", _cell(word), _missing_one) for word in maybe]
    return out + [
        _case(f"a cell of {word!r}", "refused", _cell(f"{word}"), None, ("lh_insula_thickness",)) for word in bad
    ]


def _rows() -> list[Case]:
    def header_again(frame: pd.DataFrame) -> str:
        text = frame.to_csv(index=False)
        return text + text.splitlines()[0] + "\n"

    return [
        _case("a person twice in measures", "refused", lambda f: pd.concat([f, f.iloc[:1]]), None),
        _case("a person missing in measures", "refused", lambda f: f.iloc[1:], None),
        _case(
            "nobody of the cohort", "refused", lambda f: f.assign(subject=[f"Z{n}" for n in range(len(f))]), None
        ),
        _case("ids as floats in measures", "either", lambda f: f.assign(subject=f["subject"] + ".0")),
        _case("ids with zeros in front in measures", "either", lambda f: f.assign(subject="00" + f["subject"])),
        _case("ids of visits in measures", "either", lambda f: f.assign(subject=f["subject"] + "_ses-1")),
        _case(
            "ids of the longitudinal stream in measures",
            "either",
            lambda f: f.assign(subject=f["subject"] + "_ses-1.long." + f["subject"]),
        ),
        _case(
            "a last row of means",
            "either",
            lambda f: pd.concat([f, f.mean(numeric_only=True).to_frame().T.assign(subject="mean")]),
        ),
        _case("the header again at the end", "refused", header_again, None),
        _case("header alone of measures", "refused", lambda f: f.iloc[:0], None),
        _case("no column of subjects in measures", "refused", lambda f: f.drop(columns="subject"), None),
        _case("a constant column", "either", lambda f: f.assign(lh_insula_thickness=2.5), None),
        _case(
            "every column constant",
            "refused",
            lambda f: f[["subject"]].join(f.drop(columns="subject").apply(lambda c: c * 0 + 2)),
            None,
        ),
        _case("an Excel workbook of measures", "refused", lambda f: "PK\x03\x04" + "x" * 400, None),
        _case("empty measures", "refused", lambda f: "", None),
        _case("transposed", "same", lambda f: f.T.to_csv(header=False)),
    ]


def cases() -> list[Case]:
    """Return every broken table of measures."""
    return [*_spellings(), *_atlases(), *_units(), *_cells(), *_rows()]
