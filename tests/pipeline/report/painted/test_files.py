"""Painted brains as files: names that are safe, none overwritten."""

from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.painted.files import file_name, write_maps
from brainaging.pipeline.report.painted.maps import comparison_maps


def test_files_of_equal_names_do_not_overwrite_each_other(table_run, tmp_path):
    maps = comparison_maps(read_run(table_run).regions, "sex")[:1]
    written = write_maps(tmp_path, {"a/b": maps, "a b": maps, "empty": []})
    assert [name for name, _ in written] == ["painted/a_b.png", "painted/a_b_.png"]
    assert file_name("../../etc/passwd") == ".._.._etc_passwd" and file_name("/") == "map"
